"""The pipeline's own alerts under the real promtool."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local.servers import Programs
from pipeline.alerting.health import (
    AUDIT_CONFLICTS,
    AUDIT_MISMATCH,
    AUDIT_STALE,
    DEAD_LETTERS,
    SOURCE_STALE,
    STALLED,
    WATCHDOG,
)
from pipeline.alerting.rules import alert_groups, prometheus_config, rule_file
from pipeline.alerting.timing import PRODUCTION, Timing, compressed
from tests.deploy.rule_cases import Case, Firing, Kind, RuleId, Verdicts, rule_ids, run

NO, BEHIND, LAG = (STALLED, "no_worker"), (STALLED, "behind"), (STALLED, "lag_growing")
UNREAD = ("CommunityReadingsStale", "")
WRONG, TWICE, UNAUDITED = (AUDIT_MISMATCH, ""), (AUDIT_CONFLICTS, ""), (AUDIT_STALE, "")
STALE, DEAD, DOG = (SOURCE_STALE, ""), (DEAD_LETTERS, ""), (WATCHDOG, "")

UP = 'community_pipeline_caught_up{job="community-pulse",instance="%s",partition="%d"}'
LAG_SECONDS = (
    'community_pipeline_lag_seconds{job="community-pulse",instance="a:1",'
    'topic="community.chat",partition="0"}'
)
BEAT = 'community_pipeline_last_heartbeat_timestamp_seconds{job="j",instance="%s",source="hook"}'
RECORDS = (
    'community_pipeline_records_total{job="community-pulse",instance="a:1",'
    'topic="community.chat",outcome="%s",reason="%s"}'
)

NOBODY = Firing(
    NO,
    "No worker exports anything: none runs, none can be scraped, or none has partitions.",
)
LEFT_BEHIND = Firing(
    BEHIND,
    "Partition 1: no worker keeps up with it, so its groups are not watched.",
    {"partition": "1", "job": "community-pulse"},
)


def growing(age: str) -> Firing:
    return Firing(
        LAG,
        "Topic community.chat, partition 0: what waits is up to "
        f"{age} old at the least and still growing, so it will not recover by itself.",
        {
            "topic": "community.chat",
            "partition": "0",
            "job": "community-pulse",
        },
    )


def silent(age: str) -> Firing:
    return Firing(
        STALE,
        f"Source hook beat last {age} ago; it should every 30 s and counts as stale after 90 s.",
        {"source": "hook", "job": "j"},
    )


def rejected(n: int) -> Firing:
    return Firing(
        DEAD,
        f"Topic community.chat: {n} records rejected as not_json in the last 15m. "
        "They are kept in table dead_letter.",
        {
            "topic": "community.chat",
            "reason": "not_json",
            "outcome": "rejected",
            "job": "community-pulse",
        },
    )


AUDIT = 'community_pipeline_audit_mismatches{job="j",instance="%s",check="%s"}'
READ = 'community_pipeline_readings_timestamp_seconds{job="j",instance="a:1"}'
AUDITED = 'community_pipeline_audit_last_run_timestamp_seconds{job="j",instance="a:1"}'


def found(rule: RuleId, name: str, n: int) -> Firing:
    return Firing(
        rule,
        f"Check {name} of the latest audit found {n} mismatches. v_audit has the rows.",
        {"check": name, "job": "j"},
    )


ALWAYS = Firing(
    DOG,
    "This alert always fires. Its absence at the receiver is the alarm: Prometheus or "
    "Alertmanager is down.",
)

FINE = {UP % ("a:1", 0): "1+0x60"}
COUNTED, BROKEN = RECORDS % ("counted", ""), RECORDS % ("rejected", "not_json")

CASES = [
    Case(NO, Kind.FIRES, {UP % ("a:1", 0): "1+0x9 stale"}, {14: [], 15: [NOBODY]}),
    Case(NO, Kind.QUIET, FINE, {30: []}),
    Case(NO, Kind.LOW_VOLUME, FINE | {COUNTED: "0+0x60"}, {30: []}, "a quiet night"),
    Case(NO, Kind.NO_DATA, {}, {4: [], 5: [NOBODY]}),
    Case(
        NO,
        Kind.RECOVERS,
        {UP % ("a:1", 0): "_x9 1+0x60"},
        {23: [NOBODY], 24: []},
    ),
    Case(
        BEHIND,
        Kind.FIRES,
        {UP % ("a:1", 1): "1+0x9 0+0x30", UP % ("b:2", 1): "0+0x40"},
        {14: [], 15: [LEFT_BEHIND]},
        "nobody owns it",
    ),
    Case(
        BEHIND,
        Kind.QUIET,
        {UP % ("a:1", 1): "1+0x9 0+0x30", UP % ("b:2", 1): "0+0x9 1+0x30"},
        {30: []},
        "another worker took it over",
    ),
    Case(BEHIND, Kind.LOW_VOLUME, {UP % ("a:1", 1): "1+0x9 0+0x3 1+0x30"}, {13: [], 30: []}),
    Case(BEHIND, Kind.NO_DATA, {}, {30: [NOBODY]}, "no worker is its own cause"),
    Case(
        BEHIND, Kind.RECOVERS, {UP % ("a:1", 1): "1+0x9 0+0x9 1+0x40"}, {34: [LEFT_BEHIND], 35: []}
    ),
    Case(
        LAG,
        Kind.FIRES,
        FINE | {LAG_SECONDS: "0+30x60"},
        {16: [], 20: [growing("5m 0s")]},
    ),
    Case(LAG, Kind.QUIET, FINE | {LAG_SECONDS: "3600-30x60"}, {40: []}, "catching up"),
    Case(LAG, Kind.LOW_VOLUME, FINE | {LAG_SECONDS: "0+1x59"}, {40: []}),
    Case(LAG, Kind.NO_DATA, FINE, {40: []}),
    Case(
        LAG,
        Kind.RECOVERS,
        {UP % ("a:1", 0): "1+0x90", LAG_SECONDS: "0+30x30 0+0x60"},
        {40: [growing("10m 0s")], 50: []},
    ),
    Case(STALE, Kind.FIRES, {BEAT % "a:1": "0+60x9 540+0x40"}, {15: [], 16: [silent("7m 0s")]}),
    Case(STALE, Kind.QUIET, {BEAT % "a:1": "0+60x60"}, {30: []}),
    Case(
        STALE,
        Kind.QUIET,
        {BEAT % "a:1": "0+0x60", BEAT % "b:2": "0+60x60"},
        {30: []},
        "another worker hears it",
    ),
    Case(STALE, Kind.LOW_VOLUME, {BEAT % "a:1": "0+60x9 540+0x4 840+60x40"}, {15: [], 30: []}),
    Case(STALE, Kind.NO_DATA, {}, {30: []}),
    Case(STALE, Kind.QUIET, {BEAT % "a:1": "-604900+0x60"}, {30: []}, "retired a week ago"),
    Case(
        STALE,
        Kind.RECOVERS,
        {BEAT % "a:1": "0+0x19 1200+60x60"},
        {34: [silent("19m 0s")], 35: []},
    ),
    Case(DEAD, Kind.FIRES, {COUNTED: "0+98x60", BROKEN: "0+2x60"}, {10: [], 30: [rejected(30)]}),
    Case(DEAD, Kind.QUIET, {COUNTED: "0+300x60", BROKEN: "0+2x60"}, {40: []}, "under 1 %"),
    Case(DEAD, Kind.LOW_VOLUME, {COUNTED: "0+0x60", BROKEN: "0 0 8+0x57"}, {15: [], 30: []}),
    Case(DEAD, Kind.NO_DATA, {}, {40: []}),
    Case(
        DEAD,
        Kind.RECOVERS,
        {COUNTED: "0+98x90", BROKEN: "0+2x20 40+0x69"},
        {40: [rejected(16)], 55: []},
    ),
    *(
        case
        for rule, name, other in (
            (WRONG, "windows", "conflicts"),
            (TWICE, "conflicts", "windows"),
        )
        for case in (
            Case(
                rule,
                Kind.FIRES,
                {AUDIT % ("a:1", name): "0+0x9 3+0x9", AUDIT % ("b:2", name): "0+0x9 3+0x9"},
                {9: [], 11: [found(rule, name, 3)]},
            ),
            Case(rule, Kind.QUIET, {AUDIT % ("a:1", name): "0+0x60"}, {30: []}),
            Case(rule, Kind.LOW_VOLUME, {AUDIT % ("a:1", other): "1+0x60"}, {30: []}),
            Case(rule, Kind.NO_DATA, {}, {30: []}),
            Case(
                rule,
                Kind.RECOVERS,
                {AUDIT % ("a:1", name): "1+0x9 0+0x60"},
                {5: [found(rule, name, 1)], 40: []},
            ),
        )
    ),
    Case(
        UNAUDITED,
        Kind.FIRES,
        {AUDITED: "-93600+0x60"},
        {
            4: [],
            20: [
                Firing(
                    UNAUDITED,
                    "The latest audit was 1d 2h 20m 0s ago; the rollup does one each "
                    "PULSE_AUDIT_MINUTES.",
                    {"job": "j"},
                )
            ],
        },
    ),
    Case(UNAUDITED, Kind.QUIET, {AUDITED: "-90000+0x40"}, {30: []}),
    Case(UNAUDITED, Kind.LOW_VOLUME, {AUDITED: "-93600+0x3 240+0x60"}, {5: [], 30: []}),
    Case(UNAUDITED, Kind.NO_DATA, {}, {30: []}, "it never ran, or is switched off"),
    Case(
        UNREAD,
        Kind.FIRES,
        {READ: "-7200+0x60"},
        {
            4: [],
            20: [
                Firing(
                    UNREAD,
                    "The rollup read them last 2h 20m 0s ago; it should as each hour of event "
                    "time closes.",
                    {"job": "j"},
                )
            ],
        },
    ),
    Case(UNREAD, Kind.QUIET, {READ: "-3600+0x40"}, {30: []}),
    Case(UNREAD, Kind.LOW_VOLUME, {READ: "-7200+0x3 240+0x60"}, {5: [], 30: []}),
    Case(UNREAD, Kind.NO_DATA, {}, {30: []}, "no rollup, or an old store"),
    Case(UNREAD, Kind.RECOVERS, {READ: "-7200+0x19 1200+0x90"}, {50: []}),
    Case(UNAUDITED, Kind.RECOVERS, {AUDITED: "-93600+0x19 1200+0x90"}, {50: []}),
    *(Case(DOG, kind, FINE, {0: [ALWAYS], 30: [ALWAYS]}) for kind in Kind if kind != "no data"),
    Case(DOG, Kind.NO_DATA, {}, {0: [ALWAYS], 30: [ALWAYS]}),
]


@pytest.fixture(scope="module")
def verdicts(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    return Verdicts(CASES, programs, tmp_path_factory.mktemp("rules"))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_fires_when_it_must_and_only_then(case: Case, verdicts: Verdicts) -> None:
    verdicts.check(case)


@pytest.mark.parametrize("rule", rule_ids("community-pipeline", "community-watchdog"), ids=".".join)
def test_every_rule_has_a_case_of_every_kind(rule: RuleId) -> None:
    assert {case.kind for case in CASES if case.rule == rule} == set(Kind)


def test_no_other_group_of_rules_goes_without_cases() -> None:
    assert set(alert_groups()) == {
        "community-milestones",
        "community-stored-milestones",
        "community-pipeline",
        "community-watchdog",
    }


@pytest.mark.parametrize("timing", [PRODUCTION, compressed()], ids=["production", "demo"])
def test_promtool_accepts_rules_and_configuration(
    timing: Timing, programs: Programs, tmp_path: Path
) -> None:
    (tmp_path / "alerts.yml").write_text(rule_file(timing=timing), encoding="utf-8")
    config = tmp_path / "prometheus.yml"
    config.write_text(prometheus_config(timing), encoding="utf-8")
    run(programs.promtool, "check", "rules", "--lint=all", "--lint-fatal", tmp_path / "alerts.yml")
    run(programs.promtool, "check", "config", "--lint=all", "--lint-fatal", config)
