"""`python -m tests.benchmarks.rollup`: the whole catalogue for one day over many facts.

An embedded store is filled by SQL with 30 days of a community of 18 event types, then timed: the
staged tables, and the catalogue of one day, one week and the month, each by itself.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from pipeline.core.calendar import Period, window_at
from pipeline.core.signals import DAY_MS
from pipeline.operations.rolling import catalogue_of
from pipeline.rollup.catalogue import CatalogueRollup
from pipeline.settings import Settings
from schemas.event_type import EventType
from sinks.embedded import EmbeddedStore
from sinks.migrate import up
from sinks.store import Store
from tests.benchmarks import targets
from tests.benchmarks.results import Table
from tests.benchmarks.screen import run, watched
from tests.benchmarks.stage import Results, conclude

START_MS = 1_764_518_400_000
"""2025-12-01 in Shanghai."""
DAYS = 31
GROUPS, MEMBERS = 500, 100_000
ASOF_MS = START_MS + 45 * DAY_MS

SHARES: dict[EventType, float] = {
    EventType.CHAT: 0.66,
    EventType.VIEW: 0.10,
    EventType.REACTION: 0.06,
    EventType.JOIN: 0.03,
    EventType.SESSION: 0.03,
    EventType.DELIVERY: 0.03,
    EventType.ORDER: 0.02,
    EventType.CHECKIN: 0.01,
    EventType.ACTIVITY: 0.01,
    EventType.PUBLISH: 0.01,
    EventType.INVITE: 0.01,
    EventType.CONTACT: 0.01,
    EventType.LEAVE: 0.005,
    EventType.FEEDBACK: 0.005,
    EventType.STAFF_ACTION: 0.004,
    EventType.TAG: 0.004,
    EventType.REFUND: 0.001,
    EventType.SPEND: 0.001,
}
"""What part of all facts each type has."""

_COMMON = {
    "event_date": "toDate(fromUnixTimestamp64Milli(ms, 'UTC'))",
    "event_time": "toDateTime(intDiv(ms, 1000), 'UTC')",
    "event_ms": "ms",
    "event_id": "concat('e', toString(n))",
    "user_id": "concat('u', toString(person))",
    "actor_role": "'member'",
    "source": "'bench'",
    "channel_id": "concat('c', toString(person % 7))",
    "campaign_id": "concat('k', toString(person % 5))",
    "staff_id": "concat('s', toString(n % 20))",
    "partition": "n % 4",
    "offset": "intDiv(n, 4)",
    "epoch": "1",
    "ingest_ms": "ms",
    "version_inverse": "18446744073709551615 - n",
}


def _one_of(*values: str) -> str:
    return f"[{', '.join(repr(value) for value in values)}][n % {len(values)} + 1]"


_OWN: dict[EventType, dict[str, str]] = {
    EventType.CHAT: {
        "message_id": "toString(n)",
        "msg_type": "'text'",
        "text_len": "n % 80",
        "topic_id": "if(n % 5 = 0, concat('t', toString(n % 300)), '')",
        "quality": _one_of("valid", "noise", "unlabelled"),
        "sentiment": _one_of("positive", "neutral", "negative", "unknown"),
    },
    EventType.JOIN: {"join_method": _one_of("qr", "invite", "link")},
    EventType.LEAVE: {
        "leave_kind": _one_of("self", "kicked"),
        "reason_code": _one_of("", "no_value"),
    },
    EventType.ORDER: {
        "order_id": "concat('o', toString(intDiv(n, 2)))",
        "status": _one_of("created", "paid"),
        "currency": "'CNY'",
        "amount_paid": "n % 300 + 1",
        "item_product_id": "[concat('p', toString(n % 40))]",
        "item_category_id": "[concat('q', toString(n % 6))]",
        "item_brand": "[concat('b', toString(n % 9))]",
        "item_qty": "[1]",
        "item_unit_price": "[n % 300 + 1]",
        "item_cost": "[n % 100]",
    },
    EventType.REFUND: {
        "refund_id": "toString(n)",
        "order_id": "concat('o', toString(n))",
        "currency": "'CNY'",
        "amount": "n % 50",
    },
    EventType.VIEW: {
        "action": _one_of("impression", "page_view", "read", "click"),
        "object_kind": _one_of("page", "content", "product", "poster"),
        "object_id": "concat('p', toString(n % 400))",
    },
    EventType.REACTION: {
        "action": _one_of("like", "forward", "favorite"),
        "target_kind": _one_of("content", "message"),
        "target_id": "concat('p', toString(n % 400))",
    },
    EventType.PUBLISH: {
        "content_id": "concat('p', toString(n % 400))",
        "content_kind": _one_of("article", "post", "reply", "topic"),
        "topic_id": "concat('t', toString(n % 300))",
        "quality": _one_of("featured", "normal", "unlabelled"),
    },
    EventType.INVITE: {
        "invite_id": "concat('i', toString(intDiv(n, 3)))",
        "action": _one_of("sent", "clicked", "approved"),
        "script_id": "concat('s', toString(n % 4))",
    },
    EventType.DELIVERY: {
        "push_id": "concat('d', toString(n % 60))",
        "action": _one_of("sent", "delivered", "read"),
        "push_kind": _one_of("group_broadcast", "private", "welcome"),
    },
    EventType.CONTACT: {
        "link_type": _one_of("wecom_friend", "official_account", "phone"),
        "action": _one_of("add", "add", "remove"),
    },
    EventType.SPEND: {
        "spend_id": "toString(n)",
        "cost_kind": _one_of("acquisition", "labour"),
        "currency": "'CNY'",
        "amount": "n % 90",
    },
    EventType.ACTIVITY: {
        "activity_id": "concat('a', toString(n % 30))",
        "action": _one_of("signup", "attend", "complete"),
    },
    EventType.CHECKIN: {"task_id": "concat('k', toString(n % 30))", "course_id": "'c1'"},
    EventType.SESSION: {
        "session_id": "concat('s', toString(intDiv(n, 4)))",
        "action": _one_of("opened", "replied", "resolved", "closed"),
        "session_kind": _one_of("inquiry", "question"),
    },
    EventType.FEEDBACK: {
        "feedback_id": "toString(n)",
        "feedback_kind": _one_of("review", "complaint", "survey"),
        "rating": "n % 5 + 1",
    },
    EventType.STAFF_ACTION: {"action_kind": _one_of("follow_up", "task_done", "praise")},
    EventType.TAG: {
        "tag_id": "concat('t', toString(n % 9))",
        "action": "'add'",
        "tag_source": _one_of("auto", "manual"),
    },
}


def fill(store: Store, facts: int, *, groups: int = GROUPS) -> None:
    """Facts of a month, each type its share, spread evenly over time and members."""
    group = {"group_id": f"concat('g', toString(person % {groups}))"}
    for kind, share in SHARES.items():
        columns = _COMMON | group | _OWN[kind]
        count = int(facts * share)
        step = DAYS * DAY_MS / count
        store.execute(
            f"INSERT INTO fact_{kind} ({', '.join(columns)}) SELECT {', '.join(columns.values())}"
            f" FROM (SELECT toInt64(number) AS n, cityHash64(number) % {MEMBERS} AS person,"
            f" toInt64({START_MS} + number * {step}) AS ms FROM numbers({count}))"
        )


def main(
    *,
    facts: Annotated[int, typer.Option(help="Facts of the month.")] = 10_000_000,
    results: Results = True,
) -> None:
    """Time the rollup of the whole catalogue."""
    took: dict[str, float] = {}
    spent: dict[str, float] = {}
    with watched() as progress, tempfile.TemporaryDirectory(prefix="pulse-bench-") as folder:
        store = EmbeddedStore(Path(folder))
        try:
            up(store)
            progress("filling", 0, None)
            fill(store, facts)
            rollup = catalogue_of(Settings(), store)
            day = START_MS + 15 * DAY_MS
            took["staged tables"], spent["staged tables"] = _timed(rollup.stage.build)
            for period in (Period.DAY, Period.WEEK, Period.MONTH):
                progress(f"period {period}", 0, None)
                what = f"one {period.name.lower()}"
                took[what], spent[what] = _timed(partial(_values, rollup, period, day))
        finally:
            store.close()
    conclude(
        "rollup",
        title=f"Rollup of the catalogue over {facts:,} facts of a month, embedded store",
        command=f"python -m tests.benchmarks.rollup --facts {facts}",
        versions={},
        table=Table(
            ["what", "seconds", "CPU-s"],
            [[what, f"{s:.1f}", f"{spent[what]:.1f}"] for what, s in took.items()],
        ),
        verdicts=[
            targets.at_most(
                "one day, tables staged", took["staged tables"] + took["one day"], 60, " s"
            ),
            targets.at_most("a stale day", took["one day"], 10, " s"),
        ],
        figures=took | {f"{what}, CPU-s": s for what, s in spent.items()},
        kept=results,
    )


def _values(rollup: CatalogueRollup, period: Period, day_ms: int) -> None:
    found = rollup.flowing()
    assert found is not None
    mine = [one for one in rollup.with_source(found.types) if period in one.periods]
    rollup.values(window_at(period, day_ms, Settings().zone_info), mine, ASOF_MS)


def _timed(work: Callable[[], None]) -> tuple[float, float]:
    """Seconds that it took, and CPU seconds of this process, merges of the store among them."""
    started, spent = time.monotonic(), time.process_time()
    work()
    return time.monotonic() - started, time.process_time() - spent


if __name__ == "__main__":
    run(main)
