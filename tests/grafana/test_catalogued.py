"""Catalogue metrics on a board: exact numbers from a store whose rows are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from grafana import people
from grafana.boards import CHANNEL_QUERY
from grafana.breakdowns import course_by, split_by
from grafana.catalogued import course, course_of, latest, trailing
from grafana.funnels import rates, reached
from grafana.members import retention_by_week
from grafana.milestones import slow
from grafana.rankings import Ranking
from grafana.reading import addable, metric, scopes
from grafana.signals import TO_GROUP, Look, Signal
from grafana.slices import cohorts, distribution, week_map
from pipeline.catalog.vocabulary import Grain
from pipeline.clock import Clock, Segment
from pipeline.core.calendar import Period
from pipeline.errors import CatalogError
from sinks.clock_table import record_clock
from sinks.store import Store
from tests.grafana.macros import ALL, View, expand_sql
from tests.reference.stored import migrated_store

DAY_S = 86_400
MONDAY = int(datetime(2026, 3, 2, 16, tzinfo=UTC).timestamp()) - DAY_S
"""Midnight of Monday 2 March 2026 in Shanghai: when the board looks, and the clock stands."""

SPAN_S = {"D": DAY_S, "W": 7 * DAY_S}


def row(
    name: str, scope: str, window: str, ago: int, numbers: tuple[float, float], **more: str
) -> dict[str, Any]:
    """A value of the window that ended `ago` windows before the last closed one did.

    `scope`: a group; '' = overall. `more`: slice, note, another grain.
    """
    end = MONDAY - ago * SPAN_S[window]
    up, down = map(float, numbers)
    return {
        "metric": name,
        "grain": "G" if scope else "O",
        "scope_id": scope,
        "slice": "",
        "window": window,
        "window_start": datetime.fromtimestamp(end - SPAN_S[window], UTC),
        "window_end_ms": end * 1000,
        "numerator": up,
        "denominator": down,
        "value": None if more.get("note") or not down else up / down,
        "note": "",
        "computed_ms": 1,
        **more,
    }


ROWS = [
    # messages add up, active members do not: three persons are in both groups.
    *(row("message_count", "a", "D", ago, (10 + ago, 1)) for ago in range(8)),
    *(row("message_count", "b", "D", ago, (30, 1)) for ago in range(8)),
    *(row("message_count", "", "D", ago, (100, 1)) for ago in range(8)),
    *(row("daily_active_rate", "a", "D", ago, (2, 10)) for ago in (0, 7)),
    row("daily_active_rate", "b", "D", 0, (8, 10)),
    row("daily_active_rate", "", "D", 0, (7, 17)),
    row("daily_active_rate", "", "D", 7, (10, 20)),
    # of a rate whose last week is not final, the week before it is the last
    row("join_rate", "", "W", 0, (1, 10), note="immature"),
    row("join_rate", "", "W", 1, (4, 10)),
    row("join_rate", "", "W", 2, (3, 10)),
    row("message_count", "a", "W", 0, (70, 1)),
    row("message_count", "b", "W", 0, (90, 1)),
    row("daily_active_rate", "a", "W", 0, (5, 10)),
    # too long ago to be shown as the last
    row("wau", "", "W", 4, (9, 1)),
    *(
        row("message_week_distribution", scope, "W", 0, (number, 10), slice=slice)
        for slice, number in (("1-9", 3), ("7-23", 7))
        for scope in ("", "a", "b")
    ),
    *(row("retention_rate_d1", "", "D", ago, (1, 4)) for ago in range(7, 14)),
    row("retention_rate_d1", "", "D", 0, (0, 6), note="immature"),
    # weeks of joining, looked for in two weeks; of the first nobody knows who was active in it
    *(
        row("weekly_retention_rate", group, "W", ago, numbers, slice=weeks)
        for group, ago, weeks, numbers in (
            ("a", 0, "0", (2, 4)),
            ("a", 0, "1", (1, 5)),
            ("a", 1, "0", (5, 5)),
            ("a", 1, "1", (0, 7)),
            ("b", 0, "0", (1, 2)),
            ("b", 0, "1", (0, 3)),
            ("b", 1, "0", (2, 2)),
        )
    ),
    # steps, of two groups: what distinct persons reached does not add up
    *(
        row("operations_chain", group, "W", 0, numbers, slice=step)
        for group, steps in (("a", ((9, 9), (6, 9))), ("b", ((4, 4), (1, 4))))
        for step, numbers in zip(("1 acquire", "2 activate"), steps, strict=True)
    ),
    *(
        row("gmv", group, "D", ago, (5 if group == "a" else 8, 1))
        for group in "ab"
        for ago in (1, 0)
    ),
    # by channel, one of which has a quote in its name
    *(
        row("join_count", channel, "D", ago, (joins + ago, 1), grain="C")
        for channel, joins in (("wechat", 5), ("it's", 9), ("unknown", 1))
        for ago in (1, 0)
    ),
    *(
        row("join_count_by_source", channel, "W", 0, (joins, 1), grain="C", slice="poster")
        for channel, joins in (("wechat", 5), ("it's", 9))
    ),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        record_clock(store, Clock((Segment(0, MONDAY * 1000, 0.0),)))
        time = pl.col("window_start").cast(pl.Datetime("ms", "UTC"))
        store.insert(
            "metric_value", pl.DataFrame(ROWS, infer_schema_length=None).with_columns(time)
        )
        names = [{"group_id": "a", "name": "Readers", "loaded_ms": 1}]
        store.insert("dim_group", pl.DataFrame(names))
        live = [
            {"metric": name, "grain": grain, "scope_id": scope, "window": "24h"}
            | {"window_end_ms": MONDAY * 1000, "numerator": up, "denominator": down}
            | {"value": up / down}
            for name, grain, scope, up, down in (
                ("message_count", "G", "a", 12.0, 1.0),
                ("daily_active_rate", "G", "a", 3.0, 10.0),
                ("daily_active_rate", "G", "b", 3.0, 10.0),
            )
        ]
        store.insert("metric_live", pl.DataFrame(live))
        memberships(store)
        yield store


def memberships(store: Store) -> None:
    """Of group a: two inside, one of them for long; one who left, one of a build not yet whole."""
    spells = [(1, "u1", 3, -1, "wechat"), (1, "u2", 400, -1, ""), (1, "u3", 20, 10, "wechat")]
    told = [
        {"generation": generation, "group_id": "a", "user_id": user, "channel_id": channel}
        | {"opened_ms": (MONDAY - opened * DAY_S) * 1000}
        | {"closed_ms": 2**62 if closed < 0 else (MONDAY - closed * DAY_S) * 1000}
        for generation, user, opened, closed, channel in (*spells, (2, "u4", 3, -1, "wechat"))
    ]
    types = {"generation": pl.UInt64}
    store.insert("membership", pl.DataFrame(told, schema_overrides=types))
    built = {"name": "membership", "generation": 1, "asof_ms": MONDAY * 1000}
    store.insert("staged_build", pl.DataFrame([built], schema_overrides=types))


def rows(
    store: Store,
    signal: Signal,
    groups: Sequence[str] = (ALL,),
    end: int = MONDAY,
    channels: Sequence[str] = (ALL,),
) -> list[dict[str, Any]]:
    (query,) = signal.queries
    view = View(MONDAY - 30 * DAY_S, end, groups=groups, variables={"channel": channels})
    found = store.query(expand_sql(query.text, view))
    assert {name for name in signal.fields if name} <= set(found.columns)
    return found.to_dicts()


def test_all_groups_are_the_grain_overall(store: Store) -> None:
    (told,) = rows(store, latest("daily_active_rate", Period.DAY))
    assert told == {
        "value": pytest.approx(7 / 17),
        "n": 17,
        "week before": 0.5,
        "change": pytest.approx(7 / 17 / 0.5 - 1),
    }


def test_one_group_is_its_own_value(store: Store) -> None:
    (told,) = rows(store, latest("daily_active_rate", Period.DAY), ["a"])
    assert (told["value"], told["n"], told["change"]) == (0.2, 10, 0)


def test_distinct_persons_of_several_groups_are_not_added_up(store: Store) -> None:
    (told,) = rows(store, latest("daily_active_rate", Period.DAY), ["a", "b"])
    assert (told["value"], told["n"]) == (None, None)


def test_sums_of_several_groups_are(store: Store) -> None:
    (told,) = rows(store, latest("message_count", Period.DAY), ["a", "b"])
    assert (told["value"], told["week before"]) == (40, 47)
    assert told["change"] == pytest.approx(40 / 47 - 1)


def test_what_is_not_final_is_not_the_last(store: Store) -> None:
    (told,) = rows(store, latest("join_rate", Period.WEEK))
    assert (told["value"], told["week before"]) == (0.4, 0.3)
    assert told["change"] == pytest.approx(0.1 / 0.3)  # as its alert has it


def test_what_is_long_past_is_not_shown_as_the_last(store: Store) -> None:
    (told,) = rows(store, latest("wau", Period.WEEK))
    assert set(told.values()) == {None}
    (then,) = rows(store, latest("wau", Period.WEEK), end=MONDAY - 28 * DAY_S)
    assert then["value"] == 9


def test_the_board_looks_from_the_end_of_its_range(store: Store) -> None:
    (told,) = rows(store, latest("message_count", Period.DAY), ["a"], end=MONDAY - 2 * DAY_S + 60)
    assert told["value"] == 12


def test_a_red_change_is_the_alerts(store: Store) -> None:
    fallen = latest("daily_active_rate", Period.DAY).fields["change"]
    threshold = slow(metric("daily_active_rate")).threshold
    assert (fallen.look, fallen.limit) == (Look.FALL_IS_BAD, -threshold)
    assert latest("join_count", Period.DAY).fields["change"].look is Look.PLAIN


def test_a_course_has_a_point_a_closed_window(store: Store) -> None:
    told = rows(store, course_of("daily_active_rate", Period.DAY), ["a"])
    assert [(one["time"].date(), one["daily active rate"], one["n"]) for one in told] == [
        (date(2026, 2, 21), 0.2, 10),
        (date(2026, 2, 28), 0.2, 10),
    ]
    several = rows(store, course("m", "Messages", ["message_count"], Period.DAY), ["a", "b"])
    assert [one["message count"] for one in several] == [47, 46, 45, 44, 43, 42, 41, 40]


def test_a_count_that_has_no_live_row_is_zero(store: Store) -> None:
    assert rows(store, trailing("message_count"), ["a"]) == [{"value": 12}]
    assert rows(store, trailing("message_count"), ["b"]) == [{"value": 0}]
    assert rows(store, trailing("daily_active_rate"), ["b"]) == [{"value": 0.3, "n": 10}]
    assert rows(store, trailing("daily_active_rate"), ["a", "b"]) == [{"value": None, "n": None}]


RANKED = Ranking(
    id="r",
    title="Groups",
    grain=Grain.GROUP,
    period=Period.WEEK,
    metrics=("message_count", "daily_active_rate"),
)


def test_a_ranking_has_a_row_a_group_with_its_name_and_n(store: Store) -> None:
    first, second = rows(store, RANKED.signal())
    assert (first["group"], first["name"]) == ("b", "")
    assert second == {
        "group": "a",
        "name": "Readers",
        "message count": 70,
        "daily active rate": 0.5,
        "n daily active rate": 10,
    }
    assert [one["group"] for one in rows(store, RANKED.signal(), ["a"])] == ["a"]


def test_a_groups_id_leads_to_its_own_board() -> None:
    assert RANKED.signal().fields["group"].link == TO_GROUP


def test_a_split_adds_up_to_one_over_the_chosen_groups(store: Store) -> None:
    signal = distribution("message_week_distribution", Period.WEEK, "hour")
    late, early = rows(store, signal, ["a", "b"])
    assert late == {"hour": "7-23", "share": 0.7, "n": 14}
    assert early == {"hour": "1-9", "share": 0.3, "n": 6}


def test_hours_by_weekdays(store: Store) -> None:
    monday, sunday = rows(store, week_map("message_week_distribution"), ["a", "b"])
    assert (monday["weekday"], monday["09"], monday["23"]) == ("Monday", 6, 0)
    assert (sunday["weekday"], sunday["23"]) == ("Sunday", 14)


def test_a_week_of_cohorts_has_a_rate_once_it_is_final(store: Store) -> None:
    last, before = rows(store, cohorts("c", "Retention", ["retention_rate_d1"]))
    assert before == {"week of joining": date(2026, 2, 16), "n": 28, "retention rate d1": 0.25}
    assert last == {"week of joining": date(2026, 2, 23), "n": 6, "retention rate d1": None}


def test_weeks_of_joining_add_up_and_a_week_to_come_is_empty(store: Store) -> None:
    last, before = rows(store, retention_by_week(), ["a", "b"])
    assert last == {"week of joining": date(2026, 2, 23), "n": 6, "0": 0.5} | dict.fromkeys(
        map(str, range(1, 13))
    )
    assert before["week of joining"] == date(2026, 2, 16)
    assert [before[name] for name in ("n", "0", "1", "2")] == [8, 7 / 7, 1 / 8, None]


def test_steps_are_of_one_group_each(store: Store) -> None:
    signal = rates("operations_chain", Period.WEEK, alone=True)
    assert rows(store, signal, ["a"]) == [
        {"step": "1 acquire", "reached": 9, "n": 9, "rate": 1},
        {"step": "2 activate", "reached": 6, "n": 9, "rate": pytest.approx(2 / 3)},
    ]
    assert rows(store, signal, ["a", "b"]) == []
    assert [
        one["reached"]
        for one in rows(store, reached("operations_chain", Period.WEEK, alone=True), ["b"])
    ] == [4, 1]


def test_a_split_of_each_group_is_in_order_of_its_steps(store: Store) -> None:
    signal = split_by("operations_chain", Grain.GROUP, Period.WEEK, "step", in_order=True)
    told = [(one["group"], one["step"], one["operations chain"]) for one in rows(store, signal)]
    assert told == [
        ("a", "1 acquire", 1),
        ("a", "2 activate", pytest.approx(2 / 3)),
        ("b", "1 acquire", 1),
        ("b", "2 activate", 0.25),
    ]


def test_a_line_for_each_of_the_largest(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    every = rows(store, course_by("gmv", Grain.GROUP, Period.DAY))
    assert [(one["group"], one["gmv"]) for one in every] == [("a", 5), ("b", 8)] * 2
    monkeypatch.setattr("grafana.breakdowns.MOST_LINES", 1)
    assert {one["group"] for one in rows(store, course_by("gmv", Grain.GROUP, Period.DAY))} == {"b"}


def test_channels_are_those_chosen(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ranked = Ranking(
        id="c", title="C", grain=Grain.CHANNEL, period=Period.DAY, metrics=("join_count",)
    ).signal()
    split = split_by("join_count_by_source", Grain.CHANNEL, Period.WEEK, "source")
    lines = course_by("join_count", Grain.CHANNEL, Period.DAY)
    for signal in (ranked, split, lines):
        every = {one["channel"] for one in rows(store, signal)}
        assert every >= {"wechat", "it's"}
        for channels in (["wechat"], ["it's"], ["wechat", "it's"], ["nobody's"]):
            found = {one["channel"] for one in rows(store, signal, channels=channels)}
            assert found == every & set(channels)
    monkeypatch.setattr("grafana.breakdowns.MOST_LINES", 1)
    largest = course_by("join_count", Grain.CHANNEL, Period.DAY)
    told = {one["channel"] for one in rows(store, largest, channels=["wechat", "unknown"])}
    assert told == {"wechat"}, "the largest of those chosen"


def test_channels_are_offered_the_largest_first(store: Store) -> None:
    assert store.query(CHANNEL_QUERY)["scope_id"].to_list() == ["it's", "wechat", "unknown"]


def test_who_is_in_a_group(store: Store) -> None:
    told = rows(store, people.BY_CHANNEL, ["a"])
    assert told == [{"channel": "unknown", "members": 1}, {"channel": "wechat", "members": 1}]
    ages = [(one["in the group"], one["members"]) for one in rows(store, people.BY_AGE, ["a"])]
    assert ages == [("under a week", 1), ("over a year", 1)]
    then = rows(store, people.BY_CHANNEL, ["a"], end=MONDAY - 15 * DAY_S)
    assert {one["channel"]: one["members"] for one in then} == {"unknown": 1, "wechat": 1}


SUMS = {"message_count": True, "gmv": True, "mau": False, "daily_active_rate": False}
SUMS |= {"leave_rate": True, "effective_message_ratio": True, "activity_count": True}
SUMS |= {"first_response_time": False, "activity_frequency": False, "new_member_count": False}


@pytest.mark.parametrize(("name", "adds"), SUMS.items())
def test_only_sums_may_be_added_up(name: str, adds: bool) -> None:
    assert addable(metric(name)) is adds


def test_what_the_catalogue_lacks_cannot_be_shown() -> None:
    with pytest.raises(CatalogError, match="no metric"):
        latest("daily_activ", Period.DAY)
    with pytest.raises(CatalogError, match="by period M"):
        latest("dau", Period.MONTH)
    with pytest.raises(CatalogError, match="no window before"):
        latest("roi", Period.EVER)
    with pytest.raises(CatalogError, match="no trailing"):
        trailing("mau")
    with pytest.raises(CatalogError, match="of all groups together"):
        scopes(metric("kol_count"))
    with pytest.raises(CatalogError, match="one unit"):
        course("x", "X", ["message_count", "daily_active_rate"], Period.DAY)
