"""Every PromQL of every board on a real Prometheus: empty without error, scraped with values."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from threading import Event, Thread
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from deploy.local.servers import Programs, Prometheus
from grafana.library import BOARDS
from grafana.signals import Source
from pipeline.alerting.rules import prometheus_config, rule_file
from pipeline.alerting.site import Site
from pipeline.alerting.timing import compressed
from pipeline.catalog.catalogue import MILESTONES
from sinks.prometheus import Exporter
from sinks.prometheus_snapshot import Baseline, ExportSnapshot, GroupSignals
from tests.grafana.macros import Asked, View, expand_promql, queries

pytestmark = pytest.mark.server

ASKED = [asked for board in BOARDS for asked in queries(board.json())]
PROMQL = list(dict.fromkeys(asked for asked in ASKED if asked.source == Source.PROMETHEUS))
"""Each once, also where several boards show the same."""
NAMES = [asked.where for asked in PROMQL]
FALLEN, STEADY, YOUNG, SMALL = "fallen.#1", "steady", "young", "small"

ALERTS, NOW = "annotation Alerts firing", "Firing now A"
DROP = "CommunityDailyActiveRateDrop"
FIRING = {(DROP, "critical", FALLEN), ("CommunityAuditConflicts", "warning", "")}
"""What surely fires: name, severity and group."""

Sample = tuple[dict[str, str], float]


def signals() -> Iterator[GroupSignals]:
    """numerator, n and baseline by group: one that fell, one that did not, two hard to judge."""
    groups: dict[str, tuple[int, int, float | None]] = {
        FALLEN: (60, 1_000, 0.3),
        STEADY: (900, 3_000, 0.3),
        YOUNG: (10, 1_000, None),
        SMALL: (0, 9, 0.9),
    }
    for metric in MILESTONES:
        for signal in metric.signals:
            against = [drop.against.value for drop in metric.drops if drop.signal is signal]
            for group, (numerator, n, usual) in groups.items():
                past = {} if usual is None else dict.fromkeys(against, Baseline(usual, 4))
                yield GroupSignals(group, metric.stem, signal.value, numerator, n, past)


def publish(exporter: Exporter, lag: int) -> None:
    """What a worker shows and counts, once more."""
    now = time.time()
    exporter.publish(
        ExportSnapshot(
            signals=tuple(signals()),
            member_count={FALLEN: 900, STEADY: 2_800, YOUNG: 900, SMALL: 9},
            funnel={group: {"joined": 40, "spoke": 10, "ordered": 4} for group in (FALLEN, STEADY)},
            last_heartbeat_s={"webhook": now - 5},
            last_event_s={"webhook": now - 1},
            lag_records={("community.chat", 0): lag},
            lag_seconds={("community.chat", 0): 0.5},
            # One more partition each few seconds that nobody keeps up with, so that some alert is
            # always about to fire and none of these ever does.
            caught_up={0: True, 1: True, 2 + lag // 40: False},
            clock_rate=288,
            left_out=3,
            audit={"windows": 0, "conflicts": 2},
            audit_last_s=now - 60,
        )
    )
    exporter.count_record("community.chat", "counted", n=100)
    for repeated in ("duplicate", "replayed"):
        exporter.count_record("community.chat", repeated, n=2)
    exporter.count_record("community.chat", "rejected", "bad_json", n=1)
    for stage in ("fold", "facts", "windows", "offsets", "dead_letters", "all"):
        exporter.observe_commit(stage, 0.02)
    exporter.commit_rows(100)
    exporter.anomalies("join_present", 1)
    exporter.store_error("retryable")


def api(prometheus: Prometheus, path: str, **parameters: object) -> Any:
    try:
        with urlopen(f"{prometheus.url}{path}?{urlencode(parameters)}", timeout=60) as answer:  # noqa: S310
            return json.load(answer)["data"]["result"]
    except HTTPError as error:
        raise AssertionError(error.read().decode()) from error


def ask(prometheus: Prometheus, asked: Asked, groups: tuple[str, ...] = ("$__all",)) -> Any:
    """Its result now, or over the last minute for a panel with a time axis."""
    now = int(time.time())
    view = View(now - 60, now, interval_s=15, groups=groups)
    text = expand_promql(asked.text, view)
    if asked.ranged:
        return api(prometheus, "/api/v1/query_range", query=text, start=now - 60, end=now, step=1)
    return api(prometheus, "/api/v1/query", query=text, time=time.time())


@pytest.fixture(scope="module")
def bare(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that scrapes nothing."""
    with Prometheus(tmp_path_factory.mktemp("bare"), programs, config="global: {}\n") as server:
        yield server


@pytest.fixture(scope="module")
def scraped(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that has scraped a worker's exporter until its alerts fire, and have fired."""
    exporter, timing = Exporter("test"), compressed()
    with ExitStack() as stack:
        stack.callback(exporter.close)
        site = Site(targets=(f"127.0.0.1:{exporter.serve('127.0.0.1', 0)}",), alertmanagers=())
        server = stack.enter_context(
            Prometheus(
                tmp_path_factory.mktemp("scraped"),
                programs,
                config=prometheus_config(timing, site),
                rules={site.rule_file: rule_file(timing=timing, site=site)},
            )
        )
        stack.enter_context(living(exporter))
        deadline = time.monotonic() + 400
        while silent := untold(server):
            assert time.monotonic() < deadline, f"not yet told by {silent}"
            time.sleep(0.5)
        yield server


def untold(prometheus: Prometheus) -> list[str]:
    """The queries over alerts that do not tell yet what the tests ask of them."""
    answers = {
        asked.where: [one["metric"] for one in ask(prometheus, asked)]
        for asked in PROMQL
        if "ALERTS{" in asked.text
    }
    silent = [where for where, found in answers.items() if not tells_of_the_drop(found)]
    return silent if fired(answers[NOW]) >= FIRING else [*silent, NOW]


def tells_of_the_drop(found: Sequence[Mapping[str, str]]) -> bool:
    """Whether there is an answer; one by alert or by group has to name the drop or its group."""
    said = defaultdict(set)
    for label, value in (item for labels in found for item in labels.items()):
        said[label].add(value)
    return bool(found) and all(
        value in said[label]
        for label, value in (("alertname", DROP), ("group_id", FALLEN))
        if label in said
    )


def fired(found: Iterable[Mapping[str, str]]) -> set[tuple[str, str, str]]:
    return {
        (labels["alertname"], labels["severity"], labels.get("group_id", "")) for labels in found
    }


@contextmanager
def living(exporter: Exporter) -> Iterator[None]:
    """Publish as a worker does: a snapshot that nothing replaces is soon no longer shown."""
    stop = Event()

    def live() -> None:
        for lag in count():
            publish(exporter, lag)
            if stop.wait(0.2):
                return

    thread = Thread(target=live)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def answer(prometheus: Prometheus, asked: Asked, groups: tuple[str, ...] = ("$__all",)) -> Any:
    """Its result, as soon as there is one: on a busy machine a scrape may come too late."""
    deadline = time.monotonic() + 300
    while not (found := ask(prometheus, asked, groups)):
        assert time.monotonic() < deadline, f"no answer to {asked.where}"
        time.sleep(0.5)
    return found


def values(prometheus: Prometheus, where: str, *groups: str) -> list[Sample]:
    (asked,) = (asked for asked in PROMQL if asked.where == where)
    found = answer(prometheus, asked, groups or ("$__all",))
    return [(one["metric"], float(one["value"][1])) for one in found]


def value(prometheus: Prometheus, where: str, *groups: str) -> float:
    ((_, found),) = values(prometheus, where, *groups)
    return found


@pytest.mark.parametrize("asked", PROMQL, ids=NAMES)
def test_on_an_empty_prometheus_nothing_is_shown_and_nothing_fails(
    bare: Prometheus, asked: Asked
) -> None:
    assert ask(bare, asked) == []


@pytest.mark.parametrize("asked", PROMQL, ids=NAMES)
def test_every_query_has_values(scraped: Prometheus, asked: Asked) -> None:
    assert answer(scraped, asked) != []


@pytest.mark.parametrize("groups", [(FALLEN,), (FALLEN, STEADY), ("no such group",)])
@pytest.mark.parametrize("asked", PROMQL, ids=NAMES)
def test_any_choice_of_groups_can_be_asked(
    scraped: Prometheus, asked: Asked, groups: tuple[str, ...]
) -> None:
    ask(scraped, asked, groups)


# Of n = 1,000, 3,000, 1,000 and 9; the third has no baseline.
COUNTED, PERSONS = 60 + 900 + 10, 5_009
PROMISED, COMPARED = 300 + 900 + 8.1, 4_009
TITLE = "Daily active rate 社群日活跃率"


def test_several_groups_are_a_ratio_of_sums(scraped: Prometheus) -> None:
    assert value(scraped, f"{TITLE} A") == pytest.approx(COUNTED / PERSONS)
    assert value(scraped, f"{TITLE} B") == PERSONS


def test_the_baseline_and_the_change_are_of_the_groups_that_have_one(scraped: Prometheus) -> None:
    assert value(scraped, f"{TITLE} C") == pytest.approx(PROMISED / COMPARED)
    assert value(scraped, f"{TITLE} D") == pytest.approx((COUNTED - 10) / PROMISED - 1)
    points = value(scraped, "In group rate 在群率 D")
    assert points == pytest.approx((COUNTED - 10 - PROMISED) / COMPARED)


def test_one_group_with_signs_in_its_name(scraped: Prometheus) -> None:
    assert value(scraped, f"{TITLE} B", FALLEN) == 1_000
    assert value(scraped, f"{TITLE} D", FALLEN) == pytest.approx(-0.8)


def test_without_a_baseline_there_is_a_value_and_no_change(scraped: Prometheus) -> None:
    assert value(scraped, f"{TITLE} A", YOUNG) == pytest.approx(0.01)
    for ref in "CD":
        (asked,) = (asked for asked in PROMQL if asked.where == f"{TITLE} {ref}")
        assert ask(scraped, asked, (YOUNG,)) == []


def test_only_groups_large_enough_are_ranked(scraped: Prometheus) -> None:
    found = {labels["group_id"]: change for labels, change in values(scraped, f"{CARE} A")}
    assert found == {FALLEN: pytest.approx(-0.8), STEADY: pytest.approx(0)}


CARE = "Groups that need care first"


def test_the_table_has_one_row_a_group_by_its_id_alone(scraped: Prometheus) -> None:
    for column in (asked.where for asked in PROMQL if asked.where.startswith(CARE)):
        assert {tuple(labels) for labels, _ in values(scraped, column)} == {("group_id",)}
    assert len(values(scraped, f"{CARE} B")) == 4


def test_a_step_rate_stands_beside_its_n(scraped: Prometheus) -> None:
    shown = [value(scraped, f"Funnel: step rates {ref}") for ref in "ABCD"]
    assert shown == [0.25, 80, 0.4, 20]


def test_the_watchdog_is_no_annotation(scraped: Prometheus) -> None:
    (annotation,) = (asked for asked in PROMQL if asked.where == ALERTS)
    told = {one["metric"]["alertname"] for one in answer(scraped, annotation)}
    assert DROP in told
    assert "CommunityWatchdog" not in told


def test_of_four_groups_two_can_be_judged_and_one_fell(scraped: Prometheus) -> None:
    rule = "C06 daily active rate, slow vs 4w"
    table = [values(scraped, f"Could the alerts tell? {ref}") for ref in "ABCDE"]
    shown = [found for column in table for labels, found in column if labels["rule"] == rule]
    assert shown == [4, 3, 2, 1, 0.5]


def test_what_fires_is_told_with_what_it_is_about(scraped: Prometheus) -> None:
    told = fired(labels for labels, _ in values(scraped, NOW))
    assert told >= FIRING
    assert not [name for name, _, _ in told if name == "CommunityWatchdog"]


def test_a_time_firing_is_no_longer_than_the_range(scraped: Prometheus) -> None:
    for where in ("Time firing, by alert A", "Groups most often in alarm A"):
        assert all(15 <= seconds <= 75 for _, seconds in values(scraped, where))


def test_conflicts_of_the_audit_are_told_apart(scraped: Prometheus) -> None:
    assert [value(scraped, f"Latest audit {ref}") for ref in "AB"] == [0, 2]
