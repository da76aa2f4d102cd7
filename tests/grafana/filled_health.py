"""What the board of data quality has to show: audits, a rollup, odd and contradicting facts."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from pipeline.core.intervals import FOREVER
from schemas.event_type import EventType
from schemas.facts import FACTS
from sinks.store import Store

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
GROUP = "readers"


def fill_audits(store: Store, now_s: int) -> None:
    """Two audits: an hour ago one that found something, now one that did not."""
    rows = [
        {
            "check": check,
            "finished_ms": (now_s - ago) * 1000,
            "since_ms": 0,
            "until_ms": 2**62,
            "unit": unit,
            "looked_at": 1_000,
            "mismatches": found if check == "windows" else 0,
            "note": "",
            "seconds": 1.5,
            "rows": '[{"minute": "2026-01-05"}]' if found else "[]",
        }
        for ago, found in ((3_600, 2), (60, 0))
        for check, unit in (("windows", "facts"), ("holes", "offsets"))
    ]
    frame = pl.DataFrame(rows).with_columns(pl.col("looked_at", "mismatches").cast(pl.UInt64))
    store.insert("audit_result", frame)


def fill_rollup(store: Store, now_s: int) -> None:
    """Three days and three weeks of the rollup; memberships, one of which a roster had to add."""
    midnight = now_s * 1000 // DAY_MS * DAY_MS
    windows = [
        {
            "window": window,
            "window_start_ms": midnight - days * DAY_MS,
            "asof_ms": now_s * 1000 - HOUR_MS,
            "seen_ingest_ms": now_s * 1000 - HOUR_MS,
            "values": 100,
            "seconds": 0.5 * days,
            "computed_ms": now_s * 1000,
        }
        for window, days in (("D", 1), ("D", 2), ("D", 3), ("W", 7), ("W", 14), ("W", 21))
    ]
    store.insert("rollup_window", pl.DataFrame(windows, schema_overrides={"values": pl.UInt64}))
    spells = [("first", 0, 20), ("amy", 0, 10), ("bob", 1, 5), ("cat", 1, 30)]
    members = [
        {
            "generation": 1,
            "group_id": GROUP,
            "user_id": user,
            "number": 1,
            "opened_ms": now_s * 1000 - days * DAY_MS,
            "closed_ms": FOREVER,
            "is_roster": roster,
            **dict.fromkeys(("channel_id", "campaign_id", "join_method", "inviter_id"), ""),
            **dict.fromkeys(("inviter_role", "invite_id", "script_id", "from_group_id"), ""),
            **dict.fromkeys(("leave_kind", "reason_code", "operator_id", "to_group_id"), ""),
        }
        for user, roster, days in spells
    ]
    unsigned = {"generation": pl.UInt64, "number": pl.UInt32, "is_roster": pl.UInt8}
    store.insert("membership", pl.DataFrame(members, schema_overrides=unsigned))
    build = {"name": "membership", "generation": 1, "asof_ms": now_s * 1000 - HOUR_MS}
    store.insert("staged_build", pl.DataFrame([build], schema_overrides={"generation": pl.UInt64}))


def fill_facts(store: Store, now_s: int) -> None:
    """A join of a member, a chat from outside, and an order in a group that nobody declared."""
    at = now_s * 1000
    twice = [{"user_id": "amy", "event_ms": at - hours * HOUR_MS} for hours in (3, 2)]
    _facts(store, EventType.JOIN, twice)
    said = [("eve", 2), ("amy", 9 * 24), ("amy", 240)]
    _facts(
        store,
        EventType.CHAT,
        [{"user_id": user, "event_ms": at - hours * HOUR_MS} for user, hours in said],
    )
    _facts(store, EventType.ORDER, [{"user_id": "amy", "event_ms": at - HOUR_MS, "status": "paid"}])


def _facts(store: Store, kind: EventType, said: list[dict[str, object]]) -> None:
    columns = {}
    for column in FACTS[kind]:
        columns[column.name] = pl.Series(
            column.name,
            [_value(column.name, column.dtype, row, n) for n, row in enumerate(said)],
            dtype=column.dtype,
        )
    store.insert(f"fact_{kind.value}", pl.DataFrame(columns))


def _value(name: str, dtype: pl.DataType, row: dict[str, object], number: int) -> object:
    ms = int(str(row["event_ms"]))
    known = {
        "event_id": f"{row['user_id']}{number}",
        "event_date": datetime.fromtimestamp(ms // 1000, UTC).date(),
        "event_time": datetime.fromtimestamp(ms // 1000, UTC),
        "ingest_ms": ms + 2 * HOUR_MS,
        "group_id": GROUP,
        "actor_role": "member",
        "source": "bot",
        **row,
    }
    if name in known:
        return known[name]
    if isinstance(dtype, pl.List):
        return []
    return "" if dtype == pl.String else 0


def fill_incidents(store: Store, now_s: int) -> None:
    """One incident that fires, with causes, and one that is over, without."""
    at = now_s * 1000
    rows = [
        {
            "incident_id": name,
            "alert": "CommunityDailyActiveRateDrop",
            "metric": "C06",
            "metric_name": "daily_active_rate",
            "group_id": GROUP,
            "signal": "slow",
            "against": "4w",
            "severity": "critical",
            "started_ms": at - 3 * HOUR_MS,
            "resolved_ms": over,
            "numerator": 60.0,
            "denominator": 1_000.0,
            "value": 0.06,
            "baseline": 0.3,
            "change": -0.8,
            "change_kind": "relative",
            "moment_ms": at,
            "cause_by": ["channel"] * causes,
            "cause_part": ["wechat", "email"][:causes],
            "cause_points": [-0.1, -0.05][:causes],
            "cause_share": [0.4, 0.2][:causes],
            "cause_effect": ["rate"] * causes,
            "affected_group_id": ["other"],
            "affected_points": [-0.1],
            "runbook_url": "",
            "note": "" if causes else "too few to split",
            "version": 1,
        }
        for name, over, causes in (("one", 0, 2), ("two", at - HOUR_MS, 0))
    ]
    lists = {f"cause_{name}": pl.List(pl.String) for name in ("by", "part", "effect")}
    numbers = {f"cause_{name}": pl.List(pl.Float64) for name in ("points", "share")}
    schema = {**lists, **numbers, "version": pl.UInt64}
    store.insert("milestone_incident", pl.DataFrame(rows, schema_overrides=schema))


def fill_milestones(store: Store, now_s: int) -> None:
    """What was read at the last hour: leaving doubled, invitations too few to judge."""
    hour_ms = now_s * 1000 // HOUR_MS * HOUR_MS
    rows = [
        (group, measure, against, numerator, denominator, baseline)
        for group in (GROUP, "_all")
        for measure, against, numerator, denominator, baseline in (
            ("leave_rate", "4w_mean", 60.0, 1_200.0, 0.02),
            ("join_rate", "7d_mean", 1.0, 10.0, 0.4),
            ("operations_chain:activate", "4w_mean", 80.0, 100.0, None),
        )
    ]
    columns = ("group_id", "measure", "against", "numerator", "denominator", "baseline")
    frame = pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        signal=pl.lit("slow"),
        windows=pl.lit(4, pl.UInt16),
        window_end_ms=pl.lit(hour_ms, pl.Int64),
        t_ms=pl.lit(hour_ms, pl.Int64),
        computed_ms=pl.lit(hour_ms, pl.Int64),
    )
    store.insert("milestone_now", frame)
