"""Which faults a run mixes, and how often each comes beside the others."""

from __future__ import annotations

from tests.chaos.nemeses import BrokerKill, WorkerKill

SMOKE = {
    WorkerKill(): 1.0,
    BrokerKill(lasts_s=(1.0, 2.0)): 0.0,
}
