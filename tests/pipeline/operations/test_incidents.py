"""Alerts become incidents on a real embedded store, whatever order their messages come in."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.cause_words import NOTES, Note
from pipeline.cli.main import main
from pipeline.clock import SharedClock
from pipeline.core.signals import slow_end
from pipeline.errors import Fatal, Retryable, UsageError
from pipeline.operations import incidents
from pipeline.operations.incident import of_row, row_of
from pipeline.operations.incident_reading import LIST, SHOW, listed, shown, stored
from pipeline.operations.incidents import NAME, record
from pipeline.operations.operation import Context
from pipeline.operations.table import OPERATIONS
from pipeline.progress import unwatched
from pipeline.rollup.causes import Causes
from pipeline.settings import Settings
from tests.pipeline.operations.silence import FIRED, alert, ended, history
from tests.reference.community import DAY, HOUR, store_community
from tests.reference.stored import migrated_store

ALL = {"since_ms": 0, "until_ms": FIRED + 900 * DAY, "group": "", "metric": "", "status": ""}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    folder = tmp_path_factory.mktemp("store")
    with migrated_store(folder) as store:
        store_community(store, history())
        baselines = [("g", 1.0), ("h", 1.0), ("calm", 1.0)]
        store.insert(
            "signal_baseline",
            pl.DataFrame(
                [
                    {"metric": "daily_active", "signal": "slow", "against": "4w"}
                    | {"group_id": group, "ratio": ratio, "weeks": 4, "computed_ms": 1}
                    | {"window_end_ms": slow_end(FIRED, 300_000)}
                    for group, ratio in baselines
                ],
                schema_overrides={"weeks": pl.UInt8()},
            ),
        )
        settings = Settings(store=f"chdb:{folder}", grafana={"url": "http://grafana:3000/"})
        yield Context(settings, store, SharedClock(None), unwatched)


@pytest.fixture
def context(opened: Context) -> Context:
    """The community, and no incident."""
    opened.store.execute("TRUNCATE TABLE milestone_incident")
    return opened


def recorded(context: Context, message: dict[str, Any], moment_ms: int | None = None) -> Any:
    return record(context, {"alert": message, "moment_ms": moment_ms})["incident"]


def rows(context: Context) -> list[dict[str, Any]]:
    return listed(context.settings, context.store, ALL)


def test_an_alert_becomes_an_incident_that_names_the_channel(context: Context) -> None:
    found = recorded(context, alert())
    assert (found["alert"], found["metric"]) == ("CommunityDailyActiveRateDrop", "C06")
    assert (found["metric_name"], found["metric_zh"]) == ("daily_active_rate", "社群日活跃率")
    assert (found["group_id"], found["group_name"]) == ("g", "Readers [b]of[/b] 群")
    assert (found["status"], found["resolved_ms"]) == ("firing", None)
    assert found["started_ms"] == FIRED
    assert (found["numerator"], found["denominator"]) == (60, 150)
    assert (found["value"], found["baseline"]) == (0.4, 1)
    assert (found["change"], found["change_kind"]) == (pytest.approx(-0.6), "relative")
    assert found["causes"] == [
        {"by": "channel", "part": "kol", "name": "Key opinion leaders", "effect": "rate"}
        | {"points": pytest.approx(-0.6), "share": pytest.approx(1)}
    ]
    assert found["note"] == ""
    assert found["affected_groups"] == [
        {"group_id": "h", "group_name": "h", "points": pytest.approx(-0.6)}
    ]
    assert 3 <= len(found["actions_en"]) == len(found["actions_zh"]) <= 5


def test_it_is_stored_as_it_was_told(context: Context) -> None:
    told = recorded(context, alert())
    (row,) = rows(context)
    later = {"links"}  # the board of one that fires goes up to now
    assert {k: v for k, v in row.items() if k not in later} == {
        k: v for k, v in told.items() if k not in later
    }
    one = shown(context.settings, context.store, told["incident_id"][:5])
    assert (one["alert"], one["review"]) == (told["alert"], None)


def test_repeats_and_a_new_start_of_whoever_sends_are_one_incident(context: Context) -> None:
    first = recorded(context, alert())
    again = recorded(context, alert(annotations={"value": "0.1", "summary": "still"}))
    assert again["value"] == first["value"]
    assert len(rows(context)) == 1
    written = context.store.query("SELECT count() AS n FROM milestone_incident")["n"][0]
    assert written == 1, "a repeat that tells nothing new writes nothing"


def test_the_next_time_it_fires_is_another_incident(context: Context) -> None:
    recorded(context, alert())
    recorded(context, alert(startsAt="2025-03-01T00:00:00Z"))
    recorded(context, alert(fingerprint="of the warning"))
    assert len(rows(context)) == 3


def test_an_end_after_the_beginning(context: Context) -> None:
    recorded(context, alert())
    found = recorded(context, ended(2))
    assert (found["status"], found["resolved_ms"]) == ("resolved", FIRED + 2 * HOUR)
    assert found["causes"]
    (row,) = rows(context)
    assert row["status"] == "resolved"


@pytest.mark.parametrize("repeats", [1, 3])
def test_an_end_before_the_beginning(context: Context, repeats: int) -> None:
    for _ in range(repeats):
        found = recorded(context, ended(2))
    assert found["causes"], "that nobody heard of it before does not make it unexplained"
    late = recorded(context, alert())
    assert (late["status"], late["resolved_ms"]) == ("resolved", FIRED + 2 * HOUR)
    assert len(rows(context)) == 1


def test_what_two_processes_write_at_once_ends_resolved(context: Context) -> None:
    known = recorded(context, alert())
    incident = stored(context.store, known["incident_id"])
    assert incident is not None
    over = incident.resolved(FIRED + HOUR)
    context.store.insert("milestone_incident", row_of(over, 10))
    context.store.insert("milestone_incident", row_of(incident, 10**13))
    assert stored(context.store, incident.incident_id) == over


def test_an_alert_on_the_pipeline_is_no_incident(context: Context) -> None:
    health = {"alertname": "CommunityPipelineStalled", "group_id": "", "metric": ""}
    assert recorded(context, alert(labels=health)) is None
    strange = {"alertname": "SomebodyElses", "metric": "Z99"}
    assert recorded(context, alert(labels=strange)) is None
    assert not rows(context)


def test_an_alert_without_the_label_is_known_by_its_name(context: Context) -> None:
    message = alert()
    del message["labels"]["metric"]
    assert recorded(context, message)["metric"] == "C06"


def test_numbers_of_the_alert_go_before_those_of_the_store(context: Context) -> None:
    numbers = {"numerator": "59", "denominator": "149", "baseline": "0.9", "value": "NaN"}
    found = recorded(context, alert(annotations=numbers))
    assert (found["numerator"], found["denominator"], found["baseline"]) == (59, 149, 0.9)
    assert found["value"] == pytest.approx(59 / 149)


def test_a_moment_that_is_given_is_looked_at(context: Context) -> None:
    found = recorded(context, alert(), moment_ms=FIRED - 3 * DAY)
    said = NOTES[Note.NOT_WORSE]
    assert (found["causes"], found["note"], found["note_zh"]) == ([], said.en, said.zh)
    incident = stored(context.store, found["incident_id"])
    assert incident is not None and incident.note == "not_worse", "what is stored is a code"
    assert found["moment_ms"] == FIRED - 3 * DAY
    assert found["value"] == 1


def test_conversion_names_the_step_beside_the_channel(context: Context) -> None:
    labels = {"alertname": "CommunityConversionRateDrop", "metric": "F11"}
    found = recorded(context, alert(labels=labels))
    assert [(one["by"], one["part"]) for one in found["causes"]] == [
        ("channel", "kol"),
        ("step", "spoke"),
    ]
    assert [one["points"] for one in found["causes"]] == pytest.approx([-0.2, -0.2])


def test_the_fast_signal_is_the_last_closed_hour(context: Context) -> None:
    fired = FIRED + 3 * HOUR + 10 * 60_000  # 13:10: the hour from 12 is closed
    found = recorded(context, alert(labels={"signal": "fast"}), moment_ms=fired)
    assert (found["value"], found["baseline"]) == (0.4, 1)
    assert found["causes"][0]["part"] == "kol"


HOSTILE = "g'; DROP TABLE milestone_incident --\n\x1b[31m[red]\ud800{0}%s%(x)s"


def test_hostile_labels_are_text(context: Context) -> None:
    labels = {
        "group_id": HOSTILE, "severity": HOSTILE, "against": HOSTILE, "signal": HOSTILE,
    }  # fmt: skip
    message = alert(labels=labels, fingerprint=HOSTILE, annotations={"value": HOSTILE})
    found = recorded(context, message)
    assert found["group_id"] == HOSTILE.replace("\ud800", "?")
    assert found["value"] is None
    assert rows(context)[0]["severity"] == found["severity"]
    assert shlex.split(found["links"]["query"])[5] == found["group_id"]


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"status": "firing"},
        {"status": "firing", "labels": [], "annotations": {}},
        {"status": "pending", "labels": {}, "annotations": {}},
    ],
)
def test_what_is_no_alert_is_refused(context: Context, broken: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="Alertmanager"):
        recorded(context, broken)


def test_times_that_are_none_are_now(context: Context) -> None:
    before = context.clock.now_ms()
    found = recorded(context, alert(startsAt="0001-01-01T00:00:00Z"))
    assert found["started_ms"] >= before
    over = recorded(context, alert(startsAt="soon", status="resolved", endsAt=None))
    assert over["resolved_ms"] >= before


def test_a_failure_to_find_causes_leaves_an_incident_and_the_next_message_tries_again(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise Fatal("Memory limit exceeded")

    with monkeypatch.context() as broken:
        broken.setattr(Causes, "of", fails)
        found = recorded(context, alert(annotations={"value": "0.4", "baseline": "1"}))
    assert found["causes"] == []
    assert found["note"] == "the causes could not be found: Memory limit exceeded."
    assert found["note_zh"] == "未能查明原因：Memory limit exceeded."
    assert found["change"] == pytest.approx(-0.6)
    assert recorded(context, alert())["causes"]
    assert len(rows(context)) == 1


def test_causes_stay_where_the_other_groups_cannot_be_looked_at(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise Retryable("Timeout")

    monkeypatch.setattr(incidents, "standings", fails)
    found = recorded(context, alert())
    assert found["causes"][0]["part"] == "kol"
    assert found["affected_groups"] == []
    assert "Timeout" in found["note"]


def test_an_old_store_tells_the_alert_alone(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context.store, "modern", False)
    found = recorded(context, alert(annotations={"value": "0.4"}))
    assert (found["note"], found["value"], found["causes"]) == (
        NOTES[Note.TOO_OLD].en,
        0.4,
        [],
    )
    assert recorded(context, ended(1))["status"] == "resolved"
    with pytest.raises(UsageError, match=r"24\.8"):
        rows(context)


def test_the_clock_of_the_demo_turns_wall_time_into_event_time(
    context: Context, tmp_path: Any
) -> None:
    file = tmp_path / "clock.json"
    file.write_text(f'[{{"wall_from_ms": 1000000, "start_ms": {FIRED}, "rate": 288.0}}]')
    demo = replace(context, clock=SharedClock(file))
    found = recorded(demo, alert(startsAt="1970-01-01T00:16:50Z"))  # 10 s of the demo's 288
    assert found["started_ms"] == FIRED + 10 * 288 * 1000


def test_links_lead_to_the_board_the_runbook_and_a_command_that_runs(
    context: Context, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    links = recorded(context, ended(2))["links"]
    board = urlsplit(links["board"])
    assert (board.netloc, board.path) == ("grafana:3000", "/d/community-group")
    assert parse_qs(board.query) == {
        "var-group": ["g"], "from": [str(FIRED - DAY)], "to": [str(FIRED + 3 * HOUR)],
    }  # fmt: skip
    assert links["runbook"] == "https://wiki/runbook.md#CommunityDailyActiveRateDrop"
    program, *words = shlex.split(links["query"])
    assert program == "pulse"

    monkeypatch.setattr(
        "pipeline.operations.explaining.ask", lambda _, sql: context.store.query(sql)
    )
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 0
    assert "C06 daily_active_rate" in capsys.readouterr().out


def test_each_milestone_can_be_asked_for(context: Context) -> None:
    for metric in CATALOGUE:
        if metric.milestone:
            labels = {"metric": metric.id, "alertname": metric.alert}
            found = recorded(context, alert(labels=labels, fingerprint=metric.name))
            assert found["metric_name"] == metric.name


def test_which_incidents_are_listed(context: Context) -> None:
    recorded(context, ended(2))
    recorded(context, alert(labels={"group_id": "h"}, fingerprint="h"))

    def groups(**asked: Any) -> set[str]:
        return {
            one["group_id"] for one in listed(context.settings, context.store, {**ALL, **asked})
        }

    assert groups() == {"g", "h"}
    assert groups(group="Readers [b]of[/b] 群") == {"g"}
    assert groups(metric="daily_active_rate", status="firing") == {"h"}
    assert groups(metric="F11") == set()
    assert groups(since_ms=FIRED + 2 * HOUR + 1) == {"h"}
    assert groups(until_ms=FIRED) == set()
    assert groups(limit=1) in ({"g"}, {"h"})


def test_an_id_that_is_none_is_answered_with_near_ones(context: Context) -> None:
    id_ = recorded(context, alert())["incident_id"]
    wrong = id_[:-1] + ("0" if id_[-1] != "0" else "1")
    with pytest.raises(UsageError, match=id_):
        shown(context.settings, context.store, wrong)
    with pytest.raises(UsageError, match="pulse incidents list"):
        shown(context.settings, context.store, "zzzzz")
    with pytest.raises(UsageError, match="There is no incident"):
        shown(context.settings, context.store, "")


def test_they_are_operations(context: Context) -> None:
    made = OPERATIONS[NAME](context, {"alert": alert(), "moment_ms": None})["incident"]
    assert json.loads(json.dumps(made)) == made, "it may cross the control socket"
    assert OPERATIONS[LIST](context, ALL)["incidents"][0]["incident_id"] == made["incident_id"]
    asked = {"incident_id": made["incident_id"]}
    assert OPERATIONS[SHOW](context, asked)["incident"]["causes"] == made["causes"]


def test_a_row_holds_all_of_an_incident(context: Context) -> None:
    incident = stored(context.store, recorded(context, ended(1))["incident_id"])
    assert incident is not None
    (row,) = row_of(incident, 1).iter_rows(named=True)
    assert of_row(row) == incident


def test_the_operations_keep_the_names_that_others_call() -> None:
    assert (incidents.NAME, LIST, SHOW) == ("incidents.record", "incidents.list", "incidents.show")
