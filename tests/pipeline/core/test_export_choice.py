"""Places in the ranking are stable; what may be shown follows the sources from second to second."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.export_choice import (
    Fed,
    Ranking,
    rank,
    visible,
)
from pipeline.core.signals import DAY_MS, WEEK_MS

NOW = 2_900 * WEEK_MS + DAY_MS
NEXT_WEEK = NOW + WEEK_MS
WALL = 1_700_000_000_000

volumes_by_group = st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 50), max_size=30)


def test_places_go_by_volume_and_ties_to_the_smaller_id() -> None:
    ranking = rank({"a": 1, "b": 9, "d": 5, "c": 5}, limit=2, now_ms=NOW)
    assert ranking.groups == {"b", "c"}


def test_groups_without_a_place_are_counted() -> None:
    assert rank({"a": 1, "b": 9, "c": 5}, limit=2, now_ms=NOW).left_out == 1


def test_within_a_week_a_louder_group_takes_no_place() -> None:
    first = rank({"a": 5, "b": 9}, limit=2, now_ms=NOW)
    later = rank({"a": 5, "b": 9, "c": 99}, limit=2, now_ms=NOW + DAY_MS, previous=first)
    assert later.groups == {"a", "b"}


def test_within_a_week_a_group_keeps_its_place_even_with_no_volume_left() -> None:
    first = rank({"a": 5}, limit=2, now_ms=NOW)
    assert rank({}, limit=2, now_ms=NOW + DAY_MS, previous=first).groups == {"a"}


def test_a_free_place_goes_to_a_new_group_at_once() -> None:
    first = rank({"a": 5}, limit=2, now_ms=NOW)
    later = rank({"a": 5, "c": 1}, limit=2, now_ms=NOW + DAY_MS, previous=first)
    assert later.groups == {"a", "c"}


@pytest.mark.parametrize(("newcomer", "stays"), [(99, True), (100, True), (101, False)])
def test_with_a_new_week_an_incumbent_counts_double(newcomer: int, stays: bool) -> None:
    first = rank({"a": 50}, limit=1, now_ms=NOW)
    later = rank({"a": 50, "z": newcomer}, limit=1, now_ms=NEXT_WEEK, previous=first)
    assert (later.groups == {"a"}) is stays


def test_a_silent_group_without_any_volume_gives_its_place_up_with_a_new_week() -> None:
    first = rank({"a": 50}, limit=1, now_ms=NOW)
    assert rank({"b": 1}, limit=1, now_ms=NEXT_WEEK, previous=first).groups == {"b"}


def test_a_list_of_allowed_groups_is_the_whole_list() -> None:
    ranking = rank({"a": 1, "b": 9}, limit=1, now_ms=NOW, allowed=["a", "c"])
    assert (ranking.groups, ranking.left_out) == ({"a", "c"}, 1)


@given(volumes_by_group, volumes_by_group, st.integers(1, 10), st.booleans())
def test_never_more_places_than_the_limit_and_never_an_empty_one(
    before: dict[str, int], after: dict[str, int], limit: int, same_week: bool
) -> None:
    first = rank(before, limit=limit, now_ms=NOW)
    then = rank(after, limit=limit, now_ms=NOW if same_week else NEXT_WEEK, previous=first)
    candidates = after.keys() | first.groups if same_week else after.keys()
    assert len(then.groups) == min(limit, len(candidates))


@given(volumes_by_group, st.integers(1, 10))
def test_ranking_again_changes_nothing(volumes: dict[str, int], limit: int) -> None:
    first = rank(volumes, limit=limit, now_ms=NOW)
    assert rank(volumes, limit=limit, now_ms=NOW, previous=first) == first


RANKING = Ranking(week=0, groups=frozenset({"g"}), left_out=0)
FRESH, STALE, RETIRED = WALL - 90_000, WALL - 90_001, WALL - WEEK_MS - 1

VISIBLE: list[tuple[str, Fed, dict[str, int], bool]] = [
    ("fed by a live source", Fed("g", {"hook": NOW}), {"hook": FRESH}, True),
    ("fed a week ago", Fed("g", {"hook": NOW - WEEK_MS}), {"hook": FRESH}, True),
    ("fed more than a week ago", Fed("g", {"hook": NOW - WEEK_MS - 1}), {"hook": FRESH}, False),
    ("its source is stale", Fed("g", {"hook": NOW}), {"hook": STALE}, False),
    (
        "one of its two sources is stale",
        Fed("g", {"hook": NOW, "shop": NOW}),
        {"hook": FRESH, "shop": STALE},
        False,
    ),
    (
        "the stale source fed it long ago",
        Fed("g", {"hook": NOW, "shop": NOW - WEEK_MS - 1}),
        {"hook": FRESH, "shop": STALE},
        True,
    ),
    (
        "the stale source feeds others only",
        Fed("g", {"hook": NOW}),
        {"hook": FRESH, "shop": STALE},
        True,
    ),
    (
        "an importer beside a live source",
        Fed("g", {"irc": NOW, "hook": NOW}),
        {"hook": FRESH},
        True,
    ),
    ("only an importer", Fed("g", {"irc": NOW}), {}, False),
    ("its source is retired", Fed("g", {"hook": NOW}), {"hook": RETIRED}, False),
    ("no source at all", Fed("g", {}), {"hook": FRESH}, False),
    ("its partition is behind", Fed("g", {"hook": NOW}, caught_up=False), {"hook": FRESH}, False),
    ("no place in the ranking", Fed("other", {"hook": NOW}), {"hook": FRESH}, False),
]


@pytest.mark.parametrize(
    ("group", "heartbeats", "shown"), [row[1:] for row in VISIBLE], ids=[row[0] for row in VISIBLE]
)
def test_a_group_is_shown_only_while_it_can_be_seen(
    group: Fed, heartbeats: dict[str, int], shown: bool
) -> None:
    groups = visible([group], ranking=RANKING, heartbeats=heartbeats, now_ms=NOW, wall_ms=WALL)
    assert (groups == {group.group_id}) is shown
