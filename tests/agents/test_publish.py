"""What is published, and what is left out."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from agents.lag import Lag
from agents.publish import Publisher
from agents.sightings import Sightings
from agents.stored import SHOWN_MS, StoredView
from pipeline.core.baseline import SCHEMA, BaselineBook
from pipeline.core.live import COLUMNS, LiveView
from pipeline.core.signals import DAY_MS
from pipeline.core.snapshot import Snapshot
from schemas.event_type import EventType
from sinks.prometheus import Exporter
from sinks.prometheus_snapshot import ExportSnapshot, StoredMilestone

NOW_MS = 1_764_000_000_000
NUMBER = 2


class Shown(Exporter):
    """Keeps the last published snapshot."""

    last = ExportSnapshot()

    def publish(self, snapshot: ExportSnapshot) -> None:
        self.last = snapshot


def joins(*groups: str) -> pl.DataFrame:
    columns = {
        "event_ms": [NOW_MS - DAY_MS] * len(groups),
        "group_id": list(groups),
        "user_id": ["u"] * len(groups),
        "actor_role": ["member"] * len(groups),
        "source": ["bot"] * len(groups),
        "source_seq": pl.Series([0] * len(groups), dtype=pl.UInt64),
        "join_method": ["qr"] * len(groups),
    }
    return pl.DataFrame(columns).select(COLUMNS[EventType.JOIN])


def snapshot(*groups: str) -> Snapshot:
    view = LiveView(grace_ms=300_000)
    view.advance(NOW_MS)
    view.apply(EventType.JOIN, joins(*groups))
    return view.snapshot()


def sightings(*, beat_ms: int | None) -> Sightings:
    seen = Sightings()
    if beat_ms is not None:
        beats = pl.DataFrame({"source": ["bot"], "ingest_ms": [beat_ms]})
        seen.note([(EventType.HEARTBEAT, beats)])
    return seen


def publish(
    groups: tuple[str, ...] = ("g",),
    *,
    beat_ms: int | None = NOW_MS,
    caught_up: bool = True,
    limit: int = 10,
    volumes: dict[str, int] | None = None,
    book: BaselineBook | None = None,
    stored: StoredView | None = None,
) -> ExportSnapshot:
    exporter = Shown("test")
    publisher = Publisher(exporter, groups_limit=limit, partitions=4)
    publisher.volumes = volumes or {}
    publisher.book = book or BaselineBook()
    publisher.stored = stored or StoredView()
    publish_with(publisher, groups, NOW_MS, beat_ms=beat_ms, caught_up=caught_up)
    return exporter.last


def publish_with(
    publisher: Publisher,
    groups: tuple[str, ...],
    now_ms: int,
    *,
    beat_ms: int | None,
    caught_up: bool = True,
) -> None:
    publisher.publish(
        {NUMBER: snapshot(*groups)},
        {("community.chat", NUMBER): Lag(3, 1.5, caught_up=caught_up)},
        frozenset({NUMBER} if caught_up else ()),
        sightings(beat_ms=beat_ms),
        now_ms=now_ms,
        wall_ms=now_ms,
        clock_rate=1.0,
    )


def test_a_fed_group_of_a_caught_up_partition_is_shown() -> None:
    shown = publish()
    assert shown.member_count == {"g": 1}
    assert {(s.stem, s.signal) for s in shown.signals} >= {("in_group", "slow")}


@pytest.mark.parametrize(
    ("beat_ms", "caught_up"),
    [(None, True), (NOW_MS - 10 * 60_000, True), (NOW_MS, False)],
    ids=["no live source", "stale source", "behind"],
)
def test_a_group_that_cannot_be_trusted_has_no_gauges(beat_ms: int | None, caught_up: bool) -> None:
    shown = publish(beat_ms=beat_ms, caught_up=caught_up)
    assert (tuple(shown.signals), shown.member_count, shown.funnel) == ((), {}, {})


def test_health_is_shown_all_the_same() -> None:
    shown = publish(beat_ms=None, caught_up=False)
    assert shown.lag_records == {("community.chat", NUMBER): 3}
    assert shown.caught_up == dict.fromkeys(range(4), False)


def test_places_go_by_the_volumes_of_all_groups_also_other_workers() -> None:
    shown = publish(("a", "b"), limit=2, volumes={"a": 5, "elsewhere": 9, "b": 1})
    assert set(shown.member_count) == {"a"}
    assert shown.left_out == 1


def test_places_are_given_anew_for_other_groups_other_volumes_and_another_week() -> None:
    exporter = Shown("test")
    publisher = Publisher(exporter, groups_limit=2, partitions=4)
    shown = []
    for groups, volumes, now_ms in (
        (("a",), {}, NOW_MS),
        (("a", "b", "c"), {}, NOW_MS + 1000),  # b comes, and takes the place that is left
        (("a", "b", "c"), {"c": 9}, NOW_MS + 2000),  # louder, and there is no place this week
        (("a", "b", "c"), {"c": 9}, NOW_MS + 3 * DAY_MS),  # the next week
    ):
        publisher.volumes = volumes
        publish_with(publisher, groups, now_ms, beat_ms=now_ms)
        shown.append((*exporter.last.types, exporter.last.left_out))
    assert shown == [
        ("_all", "a", 0),
        ("_all", "a", "b", 1),
        ("_all", "a", "b", 1),
        ("_all", "a", "c", 1),
    ]


def test_a_baseline_is_shown_only_for_the_very_window_end() -> None:
    end = snapshot("g").slow_end_ms
    for window_end_ms, expected in ((end, {"24h"}), (end + 60_000, set())):
        row = ("in_group", "slow", "24h", "g", window_end_ms, 0.9, 1)
        book = BaselineBook(pl.DataFrame([row], schema=dict(SCHEMA), orient="row"))
        (signal,) = [one for one in publish(book=book).signals if one.stem == "in_group"]
        assert set(signal.baselines) == expected


STORED = StoredView(
    milestones=tuple(
        StoredMilestone(group, "leave_rate", "slow", "4w_mean", 1, 10, 0.1, 4)
        for group in ("g", "h", "_all")
    ),
    types={"g": "service", "h": "content"},
    indicators={("g", "complaint_rate"): 0.5, ("h", "like_rate"): 0.25},
    t_ms=NOW_MS,
    read_s=NOW_MS / 1000,
)


def groups_of(shown: ExportSnapshot) -> list[str]:
    return [one.group_id for one in shown.stored]


def test_what_the_rollup_read_is_shown_of_groups_that_can_be_trusted_and_of_all() -> None:
    shown = publish(("g",), stored=STORED)
    assert groups_of(shown) == ["g", "_all"]
    assert shown.types == {"_all": "", "g": "service"}
    assert shown.indicators == {("g", "complaint_rate"): 0.5}
    assert shown.readings_last_s == NOW_MS / 1000


def test_a_stale_source_silences_stored_milestones_too() -> None:
    shown = publish(stored=STORED, beat_ms=NOW_MS - 91_000)
    assert (groups_of(shown), shown.types, shown.indicators) == ([], {}, {})


def test_readings_of_a_rollup_that_stopped_are_gone() -> None:
    old = replace(STORED, t_ms=NOW_MS - SHOWN_MS - 1)
    shown = publish(stored=old)
    assert groups_of(shown) == []
    assert shown.readings_last_s == NOW_MS / 1000
