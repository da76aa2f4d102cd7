"""A seeded topic filler: chats, joins, leaves and orders of groups by a Pareto law."""

from __future__ import annotations

import random
from collections.abc import Iterator

GROUPS = 500
START_MS = 1_700_000_000_000
STEP_MS = 10

KINDS = ("chat",) * 90 + ("join",) * 4 + ("leave",) * 2 + ("order",) * 4
_EXTRA = {
    "chat": '"message_id":"m{i}","msg_type":"text","text_len":{n}',
    "join": '"join_method":"qr"',
    "leave": '"leave_kind":"self"',
    "order": '"order_id":"o{i}","status":"paid","currency":"CNY","amount_paid":"12.50"',
}


def events(count: int, key_id: str, *, seed: int = 7) -> Iterator[tuple[str, bytes, bytes]]:
    """(event type, key, value) of `count` events, 10 ms apart, in canonical JSON."""
    rng = random.Random(seed)
    for i in range(count):
        group = int(rng.paretovariate(1.1)) % GROUPS
        member = rng.randrange(200) + group * 1000
        kind = KINDS[rng.randrange(100)]
        extra = _EXTRA[kind].format(i=i, n=rng.randrange(200))
        value = (
            f'{{"event_type":"{kind}","event_time":{START_MS + i * STEP_MS},"event_id":"{i:032x}",'
            f'"group_id":"g{group}","user_id":"{member:032x}","source":"bench","key_id":"{key_id}",'
            f"{extra}}}"
        )
        yield kind, f"g{group}".encode(), value.encode()
