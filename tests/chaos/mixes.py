"""Which faults a run mixes, and how often each comes beside the others. Times are in seconds."""

from __future__ import annotations

from collections.abc import Mapping

from tests.chaos.nemeses import (
    ClockJump,
    Nemesis,
    Replay,
    Scaling,
    Termination,
    WorkerKill,
    WorkerPause,
    Zombie,
)
from tests.chaos.nemeses_servers import (
    AckLost,
    BrokerKill,
    Cut,
    Delay,
    DiskFull,
    HalfOpen,
    LeaderMove,
    StoreAway,
    StoreKill,
    StoreLongAway,
)
from tests.chaos.schedule import Strike

Mix = Mapping[Nemesis, float]

SMOKE: Mix = {
    WorkerKill(): 1,
    BrokerKill((1, 2)): 0,
    Zombie((9, 10)): 0,
    StoreKill((0, 1)): 0,
    AckLost(): 0,
    Cut(): 0,
}
"""A minute or two: mostly kills, and each of the hardest others once."""

SMOKE_EMBEDDED: Mix = {WorkerKill(): 1, BrokerKill((1, 2)): 0, WorkerPause((1, 2)): 0}

EMBEDDED: Mix = {
    WorkerKill(): 12,
    WorkerPause((1, 4)): 3,
    Zombie((20, 70)): 1,
    Termination((3, 6)): 2,
    BrokerKill((1, 5)): 3,
    ClockJump((5, 30)): 2,
    Replay(): 0,
}
"""One worker that owns its store: what hurts a store that is a server does not apply."""

SERVER: Mix = {
    WorkerKill(): 24,
    WorkerPause((1, 4)): 3,
    Zombie((20, 70)): 2,
    Termination((3, 6)): 3,
    Scaling((10, 30)): 2,
    ClockJump((5, 30)): 3,
    BrokerKill((1, 5)): 4,
    StoreKill((1, 5)): 4,
    StoreAway((20, 60)): 1,
    AckLost(): 5,
    Cut(): 4,
    HalfOpen((5, 30)): 2,
    Delay((5, 20)): 2,
    DiskFull((5, 20)): 2,
    Replay(): 0,
}

CLUSTER: Mix = {**SERVER, LeaderMove(): 4}
"""With three brokers leaders can move."""

LONG_OUTAGE_S = 1_010.0


def with_long_outage(strikes: list[Strike], seconds: float) -> list[Strike]:
    """The schedule, and one outage of the store for longer than 1,000 s in its first half."""
    return [*strikes, Strike(seconds * 0.1, StoreLongAway(), 0, LONG_OUTAGE_S)]
