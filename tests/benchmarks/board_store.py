"""The store that boards are timed on: facts of a month in 1,000 groups, and all that a rollup left.

It is made by SQL, the same each time, and kept in a folder until what it is made of changes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from pipeline.catalog.catalogue import MILESTONES, STORED_MILESTONES
from pipeline.catalog.families.members.retention import COHORT_WEEKS
from pipeline.catalog.metric import Metric
from pipeline.catalog.value import Count, Ratio, Script, Shares
from pipeline.catalog.vocabulary import Grain
from pipeline.clock import Clock, Segment
from pipeline.core.calendar import Period
from pipeline.core.signals import DAY_MS, HOUR_MS, MINUTE_MS
from pipeline.core.signals import MILESTONES as LIVE
from pipeline.operations.rolling import catalogue_of
from pipeline.progress import Progress
from pipeline.settings import Settings
from schemas.event_type import EventType
from sinks import migrate
from sinks.clock_table import record_clock
from sinks.embedded import EmbeddedStore
from sinks.store import Store
from tests.benchmarks import rollup
from tests.benchmarks.rollup import DAYS, SHARES, START_MS, fill
from tests.grafana.computed import shown

GROUPS = 1_000
NOW_MS = START_MS + DAYS * DAY_MS
SCOPES: Mapping[Grain, int] = {
    Grain.GROUP: GROUPS,
    Grain.TYPE: 5,
    Grain.CHANNEL: 20,
    Grain.CAMPAIGN: 50,
    Grain.STAFF: 50,
    Grain.OBJECT: 500,
    Grain.OVERALL: 1,
}
WINDOWS: Mapping[str, tuple[int, int]] = {
    Period.DAY: (120, 1),
    Period.WEEK: (26, 7),
    Period.MONTH: (12, 30),
    Period.EVER: (1, 30),
}
"""How many windows of a period, and their days."""

TRAILING_DAY = "24h"
TYPES = ("conversion", "content", "service", "learning", "forum")
INCIDENTS = 2_000
LETTERS = 20_000
RANKED = Settings().alert_groups
"""Of so many groups the rollup computes baselines and reads milestones, unless told otherwise."""

_MINUTES: Mapping[EventType, Mapping[str, str]] = {
    EventType.CHAT: {"messages": "count()", "member_messages": "count()"},
    EventType.JOIN: {"join_events": "count()"},
    EventType.LEAVE: {"leave_events": "count()"},
    EventType.ORDER: {
        "paid_orders": "countIf(status = 'paid')",
        "gmv": "sumIf(amount_paid, status = 'paid')",
    },
    EventType.VIEW: {"page_views": "count()"},
    EventType.REACTION: {"likes": "count()"},
}
"""Of which facts there are minute windows, and what those count."""

_NAMED: Mapping[str, tuple[str, str, int]] = {
    "dim_channel": ("channel_id", "c", 20),
    "dim_campaign": ("campaign_id", "k", 50),
    "dim_script": ("script_id", "s", 4),
    "dim_activity": ("activity_id", "a", 30),
    "dim_product": ("product_id", "p", 40),
    "dim_course": ("course_id", "c", 10),
    "dim_task": ("task_id", "k", 30),
    "dim_tag": ("tag_id", "t", 9),
    "dim_staff": ("staff_id", "s", 50),
    "dim_topic": ("topic_id", "t", 300),
    "dim_content": ("content_id", "p", 400),
}
"""Reference data by table: the key, how its ids begin, how many there are."""


@contextmanager
def board_store(folder: Path, facts: int, progress: Progress) -> Iterator[Store]:
    """The store in `folder`, filled anew unless it holds exactly this already."""
    made, wanted = folder / "made", _made_of(facts)
    if not made.exists() or made.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
    store = EmbeddedStore(folder / "store")
    try:
        migrate.up(store)  # views that came later
        if not made.exists():
            _fill(store, facts, progress)
            made.write_text(wanted)
        yield store
    finally:
        store.close()


def _made_of(facts: int) -> str:
    """Changes with whatever changes what is in the store, as views do not."""
    texts = [
        Path(__file__).read_text(),
        Path(rollup.__file__).read_text(),
        *(each.text for each in migrate.migrations() if " TABLE " in each.text),
        *(one.name for one in shown()),
    ]
    return f"{facts} facts, {sha256(''.join(texts).encode()).hexdigest()}\n"


def _fill(store: Store, facts: int, progress: Progress) -> None:
    record_clock(store, Clock((Segment(0, NOW_MS, 0.0),)))
    progress("facts", 0, None)
    fill(store, facts, groups=GROUPS)
    progress("minute windows", 0, None)
    for statement in _minutes():
        store.execute(statement)
    progress("staged tables", 0, None)
    catalogue_of(Settings(), store).stage.build(NOW_MS)
    progress("values", 0, None)
    for statement in (*_values(), *_baselines(), *_milestones(), *_reference(), *_upkeep()):
        store.execute(statement)
    progress("merges", 0, None)
    for table in (*(f"fact_{kind}" for kind in SHARES), "group_minute", "metric_value"):
        store.execute(f"OPTIMIZE TABLE {table} FINAL")  # as merges leave it in time


def _minutes() -> Iterable[str]:
    for kind, columns in _MINUTES.items():
        yield (
            "INSERT INTO group_minute (event_date, group_id, minute, epoch, topic, partition,"
            f" version, {', '.join(columns)}) SELECT event_date, group_id,"
            f" toStartOfMinute(event_time) AS m, 1, 'community.{kind}', 0, 1,"
            f" {', '.join(columns.values())} FROM fact_{kind} GROUP BY event_date, group_id, m"
        )


def _values() -> Iterable[str]:
    """Values of every metric that a board shows, and the milestones' trailing days."""
    for grain in SCOPES:
        for period in map(Period, WINDOWS):
            mine = [one for one in shown() if grain in one.grains and period in one.periods]
            alike: dict[tuple[str, ...], list[str]] = {}
            for metric in mine:
                alike.setdefault(_slices(metric), []).append(metric.name)
            for slices, names in alike.items():
                yield _insert(names, slices, grain, period, WINDOWS[period])
    names = [metric.name for metric in MILESTONES]
    yield _insert(names, ("",), Grain.GROUP, TRAILING_DAY, WINDOWS[Period.DAY])


def _insert(
    names: Sequence[str], slices: Sequence[str], grain: Grain, window: str, span: tuple[int, int]
) -> str:
    windows, days, scopes = *span, SCOPES[grain]
    scope = "''" if grain is Grain.OVERALL else f"'{grain.value.lower()}' || toString(scope)"
    if grain is Grain.TYPE:
        scope = f"{list(TYPES)}[scope + 1]"
    ends = f"{NOW_MS} - ago * {days * DAY_MS}"
    return f"""
INSERT INTO metric_value (metric, grain, scope_id, slice, `window`, window_start, window_end_ms,
    numerator, denominator, value, note, computed_ms)
SELECT
    metric, '{grain}', {scope}, slice, '{window}',
    toDateTime(intDiv({ends}, 1000) - {days * DAY_MS // 1000}, 'UTC'), {ends},
    worth, 100, worth / 100, '', 1
FROM (
    SELECT
        number % {scopes} AS scope, intDiv(number, {scopes}) AS ago,
        cityHash64(number) % 100 AS worth,
        arrayJoin({list(names)}) AS metric, arrayJoin({list(slices)}) AS slice
    FROM numbers({windows * scopes})
)"""


def _slices(metric: Metric) -> tuple[str, ...]:
    if metric.name == "message_week_distribution":
        return tuple(f"{day}-{hour}" for day in range(1, 8) for hour in range(24))
    if metric.name == "weekly_retention_rate":
        return tuple(str(weeks) for weeks in range(COHORT_WEEKS + 1))
    match metric.value:
        case Count(measure) | Shares(measure):
            sliced = bool(measure.slice)
        case Ratio(numerator, _):
            sliced = bool(numerator.slice)
        case Script(sql):
            sliced = " slice" in sql
        case _:
            sliced = False
    return ("", *(f"{number} part" for number in range(1, 9))) if sliced else ("",)


def _baselines() -> Iterable[str]:
    """What the live milestones are compared with: each minute of the last day, ranked groups."""
    for stone in LIVE:
        for pace in stone.paces:
            steps = DAY_MS // pace.step_ms
            for against in stone.against:
                yield (
                    "INSERT INTO signal_baseline (metric, signal, against, group_id,"
                    " window_end_ms, ratio, weeks, computed_ms)"
                    f" SELECT '{stone.stem}', '{pace.name}', '{against.name}',"
                    f" concat('g', toString(number % {RANKED})),"
                    f" {NOW_MS} - intDiv(number, {RANKED}) * {pace.step_ms},"
                    f" cityHash64(number) % 100 / 100, 4, 1 FROM numbers({RANKED * steps})"
                )


def _milestones() -> Iterable[str]:
    """What the stored milestones are at the last closed hour."""
    for metric in STORED_MILESTONES:
        for drop in metric.drops:
            yield (
                "INSERT INTO milestone_now (measure, signal, group_id, against, numerator,"
                " denominator, baseline, windows, window_end_ms, t_ms, computed_ms)"
                f" SELECT '{metric.name}', '{drop.signal}', concat('g', toString(number)),"
                f" '{drop.against}', cityHash64(number) % 100, 100, 0.5, 4, {NOW_MS}, {NOW_MS}, 1"
                f" FROM numbers({RANKED})"
            )


def _reference() -> Iterable[str]:
    yield (
        "INSERT INTO dim_group (group_id, name, community_type, created_ms, loaded_ms)"
        " SELECT concat('g', toString(number)), concat('group ', toString(number)),"
        f" {list(TYPES)}[number % {len(TYPES)} + 1], {START_MS - 400 * DAY_MS}, 1"
        f" FROM numbers({GROUPS})"
    )
    for table, (key, begins, count) in _NAMED.items():
        yield (
            f"INSERT INTO {table} ({key}, loaded_ms)"
            f" SELECT concat('{begins}', toString(number)), 1 FROM numbers({count})"
        )
    yield (
        "INSERT INTO dim_reason (kind, reason_code, loaded_ms)"
        " SELECT arrayJoin(['leave', 'refund']), 'no_value', 1"
    )


def _upkeep() -> Iterable[str]:
    """Incidents, and what the pipeline keeps of itself: how far it is, audits, dead letters."""
    yield _incidents()
    for period, (windows, days) in WINDOWS.items():
        yield (
            "INSERT INTO rollup_window (`window`, window_start_ms, asof_ms, `values`, seconds)"
            f" SELECT '{period}', {NOW_MS} - (number + 1) * {days * DAY_MS}, {NOW_MS}, 1000, 1"
            f" FROM numbers({windows})"
        )
    yield (
        "INSERT INTO audit_result (check, finished_ms, unit, looked_at, mismatches)"
        " SELECT arrayJoin(['holes', 'committed', 'ids', 'windows', 'conflicts', 'live']),"
        f" {NOW_MS} - number * {HOUR_MS}, 'facts', 1000, number % 100 = 99"
        f" FROM numbers({24 * DAYS})"
    )
    yield (
        "INSERT INTO dead_letter (epoch, topic, partition, offset, reason, detail, source,"
        f" ingest_ms, ingest_date) SELECT 1, 'community.chat', number % 4, number, 'bad_json',"
        f" 'not JSON', 'bench', {NOW_MS} - number * {DAYS * DAY_MS // LETTERS} AS ms,"
        f" toDate(intDiv(ms, 1000), 'UTC') FROM numbers({LETTERS})"
    )
    yield (
        "INSERT INTO ops_calendar (item_id, group_id, kind, planned_ms, due_ms, loaded_ms)"
        f" SELECT toString(number), concat('g', toString(number % {GROUPS})), 'task',"
        f" {NOW_MS} - number * {HOUR_MS}, {NOW_MS} - number * {HOUR_MS}, 1"
        f" FROM numbers({GROUPS})"
    )


def _incidents() -> str:
    """Incidents of the last 90 days, each with two causes."""
    return (
        "INSERT INTO milestone_incident (incident_id, alert, metric, metric_name, group_id, signal,"
        " against, severity, started_ms, resolved_ms, numerator, denominator, value, baseline,"
        " change, change_kind, moment_ms, cause_by, cause_part, cause_points, cause_share,"
        " cause_effect, version)"
        " SELECT hex(number), 'CommunityDailyActiveRateDrop', 'C06', 'daily_active_rate',"
        f" concat('g', toString(number % {GROUPS})), 'slow', '4w', 'warning',"
        f" {NOW_MS} - number * {90 * DAY_MS // INCIDENTS} AS began, began + {HOUR_MS}, 20, 100,"
        " 0.2, 0.4, -0.5, 'relative', began, ['channel', 'tenure'],"
        " [concat('c', toString(number % 20)), 'new'], [-0.1, -0.05], [0.5, 0.25],"
        f" ['rate', 'mix'], {MINUTE_MS} FROM numbers({INCIDENTS})"
    )
