"""The example community as events of the contract, and as rows of a store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from pipeline.core.rows import LAST_POSITION
from schemas.event import MODELS, Event
from schemas.event_type import EventType
from schemas.facts import FACTS, frame_of
from sinks.store import Store
from tests.sinks.queries import community
from tests.sinks.queries.community import BOTS, CURRENCY, MILESTONES, STAFF, ZONE


def _ms(day: str, clock: str) -> int:
    local = datetime.fromisoformat(f"2026-{day} {clock}").replace(tzinfo=ZoneInfo(ZONE))
    return int(local.timestamp()) * 1000


def _said(*names: str) -> Callable[[list[str]], dict[str, str]]:
    """Which fields the words of a line are; `-` says nothing."""
    return lambda words: {
        name: word for name, word in zip(names, words, strict=True) if name and word != "-"
    }


TABLES: dict[EventType, tuple[str, Callable[[list[str]], dict[str, str]]]] = {
    EventType.JOIN: (
        community.JOINS,
        _said(
            "group_id",
            "user_id",
            "channel_id",
            "join_method",
            "inviter_id",
            "invite_id",
            "script_id",
        ),
    ),
    EventType.LEAVE: (
        community.LEAVES,
        _said("group_id", "user_id", "leave_kind", "reason_code", "operator_id"),
    ),
    EventType.CHAT: (community.CHATS, _said("group_id", "user_id", "msg_type", "topic_id")),
    EventType.ORDER: (
        community.ORDERS,
        _said(
            "group_id",
            "user_id",
            "order_id",
            "status",
            "amount_paid",
            "coupon_id",
            "product_id",
            "qty",
            "unit_price",
        ),
    ),
    EventType.REFUND: (
        community.REFUNDS,
        _said("group_id", "user_id", "refund_id", "order_id", "amount", "reason_code"),
    ),
    EventType.REACTION: (
        community.REACTIONS,
        _said("group_id", "user_id", "action", "target_id", "target_kind"),
    ),
    EventType.VIEW: (
        community.VIEWS,
        _said("group_id", "user_id", "action", "object_kind", "object_id", "visitor_id"),
    ),
    EventType.INVITE: (
        community.INVITES,
        _said("group_id", "invite_id", "action", "inviter_id", "script_id"),
    ),
    EventType.DELIVERY: (
        community.DELIVERIES,
        _said("group_id", "user_id", "push_id", "push_kind", "action"),
    ),
    EventType.SESSION: (
        community.SESSIONS,
        _said("group_id", "user_id", "session_id", "action", "session_kind", "staff_id"),
    ),
    EventType.FEEDBACK: (
        community.FEEDBACK,
        _said("group_id", "user_id", "feedback_kind", "rating"),
    ),
    EventType.ACTIVITY: (
        community.ACTIVITIES,
        _said("group_id", "user_id", "activity_id", "action"),
    ),
    EventType.CHECKIN: (community.CHECKINS, _said("group_id", "user_id", "task_id")),
    EventType.STAFF_ACTION: (
        community.COUPONS,
        _said("group_id", "user_id", "target_user_id", "coupon_id"),
    ),
    EventType.PUBLISH: (community.TOPICS, _said("group_id", "user_id", "topic_id", "content_id")),
}


def events() -> Iterator[Event]:
    """Every line of every table as an event of the contract."""
    for event_type, (table, said) in TABLES.items():
        for number, line in enumerate(table.strip().splitlines(), start=1):
            day, clock, *words = line.split()
            yield _event(event_type, number, _ms(day, clock), said(words))


def _event(event_type: EventType, number: int, event_ms: int, said: dict[str, str]) -> Event:
    fields: dict[str, object] = {
        "event_time": event_ms,
        "event_id": f"{event_type}-{number}",
        "source": "shop" if event_type in (EventType.ORDER, EventType.REFUND) else "wecom",
        "source_seq": number,
        "key_id": "made-up",
        **said,
    }
    actor = said.get("user_id", "")
    if event_type is not EventType.SESSION and actor in (*STAFF, *BOTS):
        fields["actor_role"] = "staff" if actor in STAFF else "bot"
    match event_type:
        case EventType.CHAT:
            fields["message_id"] = f"m{number}"
        case EventType.JOIN if said.get("inviter_id") in STAFF:
            fields["inviter_role"] = "staff"
        case EventType.JOIN if "inviter_id" in said:
            fields["inviter_role"] = "member"
        case EventType.ORDER:
            item = {name: fields.pop(name) for name in ("product_id", "qty", "unit_price")}
            fields |= {"currency": CURRENCY, "items": [{**item, "qty": int(str(item["qty"]))}]}
        case EventType.REFUND:
            fields["currency"] = CURRENCY
        case EventType.SESSION if "staff_id" in said:
            fields["actor_role"] = "staff"
        case EventType.FEEDBACK:
            fields |= {"feedback_id": f"f{number}", "rating": int(said["rating"])}
        case EventType.STAFF_ACTION:
            fields["action_kind"] = "coupon_issue"
        case EventType.PUBLISH:
            fields["content_kind"] = "topic"
    return MODELS[event_type].model_validate(fields)


def store_community(store: Store) -> None:
    """Put all of it into a store with tables: facts, refused records, days of milestones."""
    by_type: dict[EventType, list[Event]] = defaultdict(list)
    for event in events():
        by_type[event.event_type].append(event)
    for event_type, found in by_type.items():
        store.insert(f"fact_{event_type}", fact_rows(event_type, found))
    store.insert("dead_letter", _letters())
    _store_milestones(store)


def fact_rows(event_type: EventType, found: list[Event]) -> pl.DataFrame:
    """Rows of the fact table as a worker writes them, two seconds after what happened."""
    happened = pl.from_epoch("event_ms", time_unit="ms")
    place = {
        "event_date": happened.dt.date(),
        "event_time": happened.dt.replace_time_zone("UTC"),
        "topic": pl.lit(f"community.{event_type}"),
        "partition": pl.lit(0),
        "offset": pl.col("row"),
        "epoch": pl.lit(1),
        "ingest_ms": pl.col("event_ms") + 2_000,
        "version_inverse": pl.lit(LAST_POSITION, dtype=pl.UInt64) - pl.col("row"),
    }
    return frame_of(found, range(len(found))).select(
        place.get(column.name, pl.col(column.name)).cast(column.dtype).alias(column.name)
        for column in FACTS[event_type]
    )


def _letters() -> pl.DataFrame:
    rows = [
        {
            "topic": "community.chat",
            "offset": 1_000 + number,
            "reason": "not_json",
            "source": "wecom",
            "ingest_ms": ingest_ms,
            "ingest_date": datetime.fromtimestamp(ingest_ms / 1000, ZoneInfo("UTC")).date(),
        }
        for number, ingest_ms in enumerate((_ms("10-05", "09:11"), _ms("10-05", "23:00")))
    ]
    return pl.DataFrame(rows)


def _store_milestones(store: Store) -> None:
    values, baselines = [], []
    for day, metric, numerator, n, baseline in MILESTONES:
        start = datetime.fromisoformat(f"{day}T00:00:00+00:00")
        end_ms = int(start.timestamp()) * 1000 + 86_400_000
        values.append(
            {
                "metric": metric,
                "grain": "G",
                "scope_id": "tea",
                "window": "24h",
                "window_start": start,
                "window_end_ms": end_ms,
                "numerator": float(numerator),
                "denominator": float(n),
                "value": numerator / n,
                "computed_ms": 1,
            }
        )
        if baseline is not None:
            baselines.append(
                {
                    "metric": metric.removesuffix("_rate"),
                    "signal": "slow",
                    "against": "4w",
                    "group_id": "tea",
                    "window_end_ms": end_ms,
                    "ratio": baseline,
                    "weeks": 4,
                    "computed_ms": 1,
                }
            )
    time = pl.col("window_start").cast(pl.Datetime("ms", "UTC"))
    store.insert("metric_value", pl.DataFrame(values).with_columns(time))
    store.insert("signal_baseline", pl.DataFrame(baselines))
