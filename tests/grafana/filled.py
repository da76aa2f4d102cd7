"""A store in which every panel has something to show: two groups, two weeks, around `now`."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from pipeline.catalog.catalogue import MILESTONES
from sinks.store import Store

DAY_S = 86_400
WEEK_S = 7 * DAY_S
GROUPS = ("readers", "it's #2")


def fill(store: Store, now_s: int) -> None:
    """Minute windows of the last hours and of the week before, a closed day, two dead letters."""
    _windows(store, now_s)
    _milestones(store, now_s)
    _letters(store, now_s)


def _windows(store: Store, now_s: int) -> None:
    minute = now_s // 60 * 60
    rows = []
    for place, group in enumerate(GROUPS, start=1):
        for week, scale in ((0, 1), (1, 2)):
            for ago in range(1, 181):
                at = minute - week * WEEK_S - 60 * ago
                base = {
                    "event_date": datetime.fromtimestamp(at, UTC).date(),
                    "group_id": group,
                    "minute": datetime.fromtimestamp(at, UTC),
                    "epoch": 1,
                    "version": 1,
                }
                rows.append(
                    {
                        **base,
                        "topic": "community.all",
                        "messages": place * scale,
                        "member_messages": place * scale,
                        "join_events": scale,
                        "leave_events": scale,
                        "paid_orders": scale,
                        "gmv": 10 * scale,
                    }
                )
    frame = pl.DataFrame(rows).with_columns(
        pl.col("gmv").cast(pl.Decimal(18, 2)), pl.col("minute").cast(pl.Datetime("ms", "UTC"))
    )
    store.insert("group_minute", frame)


def closed_day_s(now_s: int) -> int:
    """The end of the last day that closed."""
    return now_s // DAY_S * DAY_S


# numerator, n, baseline of the two groups: the first fell, the second has no past.
VALUES = {
    "in_group_rate": ((900, 1_000, 0.95), (100, 200, None)),
    "daily_active_rate": ((90, 900, 0.2), (50, 100, None)),
    "conversion_rate": ((45, 900, 0.1), (10, 100, None)),
}


def _milestones(store: Store, now_s: int) -> None:
    end = closed_day_s(now_s)
    values, baselines = [], []
    for metric in MILESTONES:
        for group, (numerator, n, baseline) in zip(GROUPS, VALUES[metric.name], strict=True):
            values.append(
                {
                    "metric": metric.name,
                    "grain": "G",
                    "scope_id": group,
                    "window": "24h",
                    "window_start": datetime.fromtimestamp(end - DAY_S, UTC),
                    "window_end_ms": end * 1000,
                    "numerator": float(numerator),
                    "denominator": float(n),
                    "value": numerator / n,
                    "note": "",
                    "computed_ms": 1,
                }
            )
            if baseline is not None:
                baselines += [
                    {
                        "metric": metric.stem,
                        "signal": "slow",
                        "against": against,
                        "group_id": group,
                        "window_end_ms": end * 1000,
                        "ratio": baseline,
                        "weeks": 4,
                        "computed_ms": 1,
                    }
                    for against in {drop.against.value for drop in metric.drops}
                ]
    time = pl.col("window_start").cast(pl.Datetime("ms", "UTC"))
    store.insert("metric_value", pl.DataFrame(values).with_columns(time))
    store.insert("signal_baseline", pl.DataFrame(baselines))


def _letters(store: Store, now_s: int) -> None:
    rows = [
        {
            "topic": "community.chat",
            "offset": number,
            "reason": "bad_json",
            "detail": "not JSON",
            "source": "bot",
            "payload": "c2VjcmV0",
            "ingest_ms": (now_s - number) * 1000,
            "ingest_date": datetime.fromtimestamp(now_s - number, UTC).date(),
        }
        for number in range(2)
    ]
    store.insert("dead_letter", pl.DataFrame(rows))
