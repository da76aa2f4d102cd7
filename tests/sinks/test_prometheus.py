"""The exporter: what a scrape shows, and what it must never show."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.utils import floatToGoString

from pipeline.catalog.series import BRIDGE, CLOCK_RATE, LABELS, Type, all_series
from pipeline.errors import PulseError
from schemas.event_type import EventType
from schemas.rejection import Reason
from sinks.prometheus import Exporter
from sinks.prometheus_snapshot import Baseline, ExportSnapshot, GroupSignals, StoredMilestone
from sinks.prometheus_text import Family, text, text_of_library

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]

WORKER = [series for series in all_series() if series not in BRIDGE]

AWKWARD = 'say "hi"\n\\ 群🎉'

SNAPSHOT = ExportSnapshot(
    signals=(
        GroupSignals("g1", "daily_active", "slow", 24, 200, {"4w": Baseline(0.4, 3)}),
        GroupSignals("g1", "in_group", "slow", 0, 250, {"24h": Baseline(0.9, 1)}),
        GroupSignals("g2", "conversion", "fast", 0, 0),
        GroupSignals("g3", "conversion", "fast", 5, 50, {"4w": Baseline(0.1, 4)}),
    ),
    member_count={"g1": 200, AWKWARD: 7},
    funnel={"g1": {"joined": 9, "spoke": 4, "ordered": 1}},
    last_event_s={"webhook": 1_700_000_000.5},
    last_heartbeat_s={"webhook": 1_700_000_030.25},
    lag_records={("community.chat", 2): 17},
    lag_seconds={("community.chat", 2): 0.25},
    caught_up={0: True, 1: False},
    clock_rate=288,
    left_out=3,
    stored=(
        StoredMilestone("g1", "leave_rate", "slow", "4w_mean", 9, 300, 0.02, 4),
        StoredMilestone("g1", "inquiry_to_paid_rate", "day", "plan", 3, 40, 0.1, 1),
        StoredMilestone("g1", "join_rate", "slow", "7d_mean", 7, 70, None, 0),
    ),
    types={"g1": "service", AWKWARD: ""},
    indicators={("g1", "complaint_rate"): 0.5},
    readings_last_s=1_700_000_090.5,
    audit={"ids": 2},
    audit_last_s=1_700_000_060.5,
)


@pytest.fixture
def exporter() -> Iterator[Exporter]:
    one = Exporter("1.2.3")
    yield one
    one.close()


def scrape(exporter: Exporter) -> Samples:
    text = exporter.exposition().decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(exporter: Exporter, name: str, **labels: str) -> float | None:
    return scrape(exporter).get((name, frozenset(labels.items())))


LEAVES = {"group_id": "g1", "measure": "leave_rate", "signal": "slow"}

SHOWN: list[tuple[str, dict[str, str], float]] = [
    ("community_milestone_numerator", LEAVES, 9),
    ("community_milestone_denominator", LEAVES, 300),
    ("community_milestone_baseline", {**LEAVES, "against": "4w_mean"}, 0.02),
    ("community_milestone_baseline_windows", {**LEAVES, "against": "4w_mean"}, 4),
    ("community_group_info", {"group_id": AWKWARD, "community_type": ""}, 1),
    ("community_group_value", {"group_id": "g1", "measure": "complaint_rate"}, 0.5),
    ("community_pipeline_readings_timestamp_seconds", {}, 1_700_000_090.5),
    ("community_pipeline_audit_mismatches", {"check": "ids"}, 2),
    ("community_pipeline_audit_last_run_timestamp_seconds", {}, 1_700_000_060.5),
    ("community_daily_active_numerator", {"group_id": "g1", "signal": "slow"}, 24),
    ("community_daily_active_denominator", {"group_id": "g1", "signal": "slow"}, 200),
    ("community_daily_active_ratio", {"group_id": "g1", "signal": "slow"}, 0.12),
    (
        "community_daily_active_baseline_ratio",
        {"group_id": "g1", "signal": "slow", "against": "4w"},
        0.4,
    ),
    (
        "community_daily_active_baseline_weeks",
        {"group_id": "g1", "signal": "slow", "against": "4w"},
        3,
    ),
    ("community_in_group_ratio", {"group_id": "g1", "signal": "slow"}, 0),
    ("community_conversion_denominator", {"group_id": "g2", "signal": "fast"}, 0),
    ("community_member_count", {"group_id": "g1"}, 200),
    ("community_member_count", {"group_id": AWKWARD}, 7),
    ("community_funnel_members", {"group_id": "g1", "step": "spoke"}, 4),
    ("community_pipeline_last_event_timestamp_seconds", {"source": "webhook"}, 1_700_000_000.5),
    (
        "community_pipeline_last_heartbeat_timestamp_seconds",
        {"source": "webhook"},
        1_700_000_030.25,
    ),
    ("community_pipeline_lag_records", {"topic": "community.chat", "partition": "2"}, 17),
    ("community_pipeline_lag_seconds", {"topic": "community.chat", "partition": "2"}, 0.25),
    ("community_pipeline_caught_up", {"partition": "0"}, 1),
    ("community_pipeline_caught_up", {"partition": "1"}, 0),
    ("community_pipeline_clock_rate", {}, 288),
    ("community_pipeline_label_overflow", {}, 3),
    ("community_pipeline_info", {"version": "1.2.3"}, 1),
]


@pytest.mark.parametrize(("name", "labels", "expected"), SHOWN)
def test_a_scrape_shows_the_published_snapshot(
    exporter: Exporter, name: str, labels: dict[str, str], expected: float
) -> None:
    exporter.publish(SNAPSHOT)
    assert value(exporter, name, **labels) == expected


def test_without_a_denominator_there_is_no_ratio(exporter: Exporter) -> None:
    exporter.publish(SNAPSHOT)
    assert value(exporter, "community_conversion_ratio", group_id="g2", signal="fast") is None


def test_a_stored_milestone_without_baseline_has_no_baseline_sample(exporter: Exporter) -> None:
    exporter.publish(SNAPSHOT)
    join = {"group_id": "g1", "measure": "join_rate", "signal": "slow"}
    assert value(exporter, "community_milestone_numerator", **join) == 7
    assert value(exporter, "community_milestone_baseline", **join, against="7d_mean") is None


def test_without_a_baseline_there_is_no_baseline_sample(exporter: Exporter) -> None:
    exporter.publish(SNAPSHOT)
    shown = {name for name, labels in scrape(exporter) if ("group_id", "g2") in labels}
    assert shown == {"community_conversion_numerator", "community_conversion_denominator"}


def test_a_group_that_is_no_longer_published_is_gone(exporter: Exporter) -> None:
    exporter.publish(SNAPSHOT)
    exporter.publish(ExportSnapshot(member_count={"g2": 1}))
    groups = {dict(labels).get("group_id") for _, labels in scrape(exporter)}
    assert groups == {None, "g2"}


def test_a_snapshot_that_nothing_replaces_loses_its_groups_and_keeps_its_health() -> None:
    now = 100.0
    exporter = Exporter("1.2.3", monotonic=lambda: now)
    exporter.publish(SNAPSHOT)
    now += 10
    assert value(exporter, "community_member_count", group_id="g1") == 200
    now += 0.1
    assert {dict(labels).get("group_id") for _, labels in scrape(exporter)} == {None}
    assert value(exporter, "community_pipeline_caught_up", partition="0") == 0
    beat = "community_pipeline_last_heartbeat_timestamp_seconds"
    assert value(exporter, beat, source="webhook") == 1_700_000_030.25
    exporter.publish(SNAPSHOT)
    assert value(exporter, "community_member_count", group_id="g1") == 200


def test_health_is_shown_before_anything_is_published(exporter: Exporter) -> None:
    assert value(exporter, "community_pipeline_clock_rate") == 1


def test_every_series_of_the_catalogue_and_no_other_is_exported(exporter: Exporter) -> None:
    exporter.observe_commit("facts", 0.1)
    exporter.anomalies("join_present", 1)
    exporter.publish(SNAPSHOT)
    text = exporter.exposition().decode()
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    assert types == {series.name: series.type.value for series in WORKER}


@pytest.mark.parametrize(
    "name",
    [
        "community_member_count",
        "community_milestone_baseline_windows",
        "community_daily_active_ratio",
        "community_pipeline_records_total",
        "community_pipeline_commit_rows_bucket",
    ],
)
def test_one_series_is_shown_as_it_is_among_all(exporter: Exporter, name: str) -> None:
    exporter.publish(SNAPSHOT)
    whole, alone = exporter.exposition().decode(), exporter.exposition([name]).decode()
    samples = [line for line in whole.splitlines() if line.startswith(f"{name}{{")]
    assert samples
    assert [line for line in alone.splitlines() if not line.startswith("#")] == samples


def test_what_is_not_asked_for_is_not_made(exporter: Exporter) -> None:
    def never() -> Iterator[GroupSignals]:
        raise AssertionError
        yield

    exporter.publish(ExportSnapshot(signals=never(), member_count={"g": 3}))
    assert b'community_member_count{group_id="g"} 3.0' in exporter.exposition(
        ["community_member_count", "community_pipeline_records_total"]
    )


@given(st.floats() | st.integers(-(2**70), 2**70) | st.booleans())
def test_a_number_is_written_as_prometheus_client_writes_it(number: float) -> None:
    family = Family(CLOCK_RATE, [((), number)])
    assert text([family]).splitlines()[-1] == f"{CLOCK_RATE.name} {floatToGoString(number)}"


def test_histograms_are_written_as_prometheus_client_writes_them() -> None:
    registry = CollectorRegistry()
    stages = Histogram("h", 'a "b"\n\\c', ["stage"], buckets=(0.5, 2_000_000), registry=registry)
    stages.labels('x"\n\\').observe(3)
    stages.labels("y").observe(0.25)
    expected = generate_latest(registry).decode().splitlines()
    expected = [re.sub(r'(le="[^"]*"),(.*)}', r"\2,\1}", line) for line in expected]
    assert text_of_library(registry.collect()).splitlines() == expected


def test_every_series_carries_its_declared_labels(exporter: Exporter) -> None:
    exporter.observe_commit("facts", 0.1)
    exporter.anomalies("join_present", 1)
    exporter.publish(SNAPSHOT)
    declared = {
        suffixed: frozenset(series.labels)
        for series in WORKER
        for suffixed in (
            [f"{series.name}_bucket", f"{series.name}_sum", f"{series.name}_count"]
            if series.type is Type.HISTOGRAM
            else [series.name]
        )
    }
    shown = {
        name: frozenset(key for key, _ in labels) - {"le"} for name, labels in scrape(exporter)
    }
    assert shown == declared


def test_no_label_can_hold_a_person() -> None:
    assert not {label for label in LABELS if re.search("user|member|staff|person|actor", label)}


def test_there_is_no_created_series(exporter: Exporter) -> None:
    exporter.count_record("community.chat", "counted")
    exporter.commit_rows(5)
    assert not [name for name, _ in scrape(exporter) if name.endswith("_created")]


@pytest.mark.parametrize("event_type", list(EventType))
def test_records_start_from_zero_for_every_reason(
    exporter: Exporter, event_type: EventType
) -> None:
    shown = scrape(exporter)
    reasons = {
        dict(labels)["reason"]
        for name, labels in shown
        if name == "community_pipeline_records_total"
        and ("topic", f"community.{event_type}") in labels
        and ("outcome", "rejected") in labels
    }
    assert reasons == set(Reason)


def test_counts_add_up(exporter: Exporter) -> None:
    for n in (3, 4):
        exporter.count_record("community.chat", "rejected", "not_json", n)
    shown = value(
        exporter,
        "community_pipeline_records_total",
        topic="community.chat",
        outcome="rejected",
        reason="not_json",
    )
    assert shown == 7


def test_store_errors_and_anomalies_are_counted_by_kind(exporter: Exporter) -> None:
    exporter.store_error("retryable")
    exporter.anomalies("leave_absent", 2)
    assert value(exporter, "community_pipeline_store_errors_total", kind="retryable") == 1
    assert value(exporter, "community_pipeline_store_errors_total", kind="fatal") == 0
    kind = {"kind": "leave_absent"}
    assert value(exporter, "community_pipeline_membership_anomalies_total", **kind) == 2


def test_commits_are_observed_by_size_and_stage(exporter: Exporter) -> None:
    exporter.commit_rows(600)
    exporter.observe_commit("facts", 0.03)
    name = "community_pipeline_commit_rows_bucket"
    assert value(exporter, name, le="500.0") == 0
    assert value(exporter, name, le="1000.0") == 1
    duration = "community_pipeline_commit_duration_seconds_sum"
    assert value(exporter, duration, stage="facts") == 0.03


def test_it_answers_over_http_on_a_free_port(exporter: Exporter) -> None:
    exporter.publish(SNAPSHOT)
    port = exporter.serve("127.0.0.1", 0)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        text = answer.read().decode()
    assert 'community_member_count{group_id="g1"} 200.0' in text


def test_a_taken_port_is_an_error_with_a_remedy(exporter: Exporter) -> None:
    port = exporter.serve("127.0.0.1", 0)
    other = Exporter("1.2.3")
    with pytest.raises(PulseError, match="PULSE_METRICS_PORT"):
        other.serve("127.0.0.1", port)


def test_closing_frees_the_port(exporter: Exporter) -> None:
    port = exporter.serve("127.0.0.1", 0)
    exporter.close()
    other = Exporter("1.2.3")
    assert other.serve("127.0.0.1", port) == port
    other.close()


def test_two_exporters_do_not_share_a_registry(exporter: Exporter) -> None:
    other = Exporter("1.2.3")
    other.commit_rows(1)
    assert value(exporter, "community_pipeline_commit_rows_count") == 0
