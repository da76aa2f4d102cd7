"""The input: seeded events with copies, disorder, lateness and malformed records among them."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.chaos.malformed import KINDS, malformed
from tests.chaos.record import CURRENCY, KEY_ID, Fields, Record, record

GROUPS = 150
MEMBERS = 40
REMEMBERED = 20_000
"""A copy is one of so many events before it."""

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

COPIES = 0.05
DISORDERED = 0.10
LATE = 0.01
MALFORMED = 0.01

_TYPES = ("chat",) * 78 + ("join",) * 6 + ("leave",) * 4 + ("order",) * 9 + ("refund",) * 3
_ROLES = ("member",) * 17 + ("staff", "bot", "system")
_MESSAGES = ("text",) * 17 + ("image", "voice", "system")


def records(count: int, *, seed: int, start_ms: int, span_ms: int) -> Iterator[Record]:
    """`count` records whose event times go from `start_ms` over `span_ms`.

    5 % are copies of one of the events before, half of them with another text: the first stands.
    10 % are up to 2 h out of order, 1 % a day late, 1 % malformed, each kind in turn.
    """
    rng = random.Random(f"{seed} input")
    past: list[Fields] = []
    bad = 0
    for number in range(count):
        now_ms = start_ms + number * span_ms // count
        chance = rng.random()
        if past and chance < COPIES:
            yield _copy(rng, rng.choice(past))
            continue
        if chance > 1 - MALFORMED:
            yield malformed(bad % len(KINDS), _fields(rng, number, now_ms, "chat"), now_ms)
            bad += 1
            continue
        fields = _fields(rng, number, now_ms - _lateness(rng), rng.choice(_TYPES))
        if len(past) < REMEMBERED:
            past.append(fields)
        else:
            past[rng.randrange(REMEMBERED)] = fields
        yield record(fields)


def _copy(rng: random.Random, fields: Fields) -> Record:
    return record(fields if rng.random() < 0.5 else fields | {"source_seq": rng.randrange(1, 1000)})


def _lateness(rng: random.Random) -> int:
    chance = rng.random()
    if chance < LATE:
        return DAY_MS + rng.randrange(2 * HOUR_MS)
    return rng.randrange(2 * HOUR_MS) if chance < LATE + DISORDERED else 0


def _fields(rng: random.Random, number: int, event_ms: int, event_type: str) -> Fields:
    group = min(int(rng.paretovariate(0.8)), GROUPS) - 1
    fields: Fields = {
        "event_type": event_type,
        "event_time": event_ms,
        "event_id": f"e{number}",
        "group_id": f"g{group}",
        "user_id": f"{group * MEMBERS + rng.randrange(MEMBERS):032x}",
        "actor_role": rng.choice(_ROLES),
        "source": "chaos",
        "key_id": KEY_ID,
    }
    match event_type:
        case "chat":
            fields |= {"message_id": f"m{number}", "msg_type": rng.choice(_MESSAGES)}
        case "join":
            fields |= {"join_method": rng.choice(("qr", "invite", "import"))}
        case "leave":
            fields |= {"leave_kind": "self"}
        case "order":
            fields |= {"order_id": f"o{number}", "status": rng.choice(("created", "paid"))}
            fields |= {"currency": CURRENCY, "amount_paid": _money(rng)}
            if rng.random() < 0.1:
                del fields["group_id"]
        case "refund":
            fields |= {"refund_id": f"r{number}", "order_id": f"o{number}"}
            fields |= {"currency": CURRENCY, "amount": _money(rng)}
    return fields


def _money(rng: random.Random) -> str:
    return f"{rng.randrange(100_00) / 100:.2f}"
