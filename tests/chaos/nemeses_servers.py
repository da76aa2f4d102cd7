"""The faults of the brokers, of the store, and of the way to it."""

from __future__ import annotations

from functools import partial

from deploy.local.servers import ClickHouse
from tests.chaos.nemeses import Heal, Nemesis, by_itself
from tests.chaos.proxy import Proxy, Trick
from tests.chaos.stage import Stage

INSERT_S = 5.0
"""How long to wait for an insert to play a trick on."""


class BrokerKill(Nemesis):
    """kill -9 of a broker, and its restart."""

    name = "broker: kill -9, restart"

    def strike(self, stage: Stage, victim: int) -> Heal | None:
        return stage.start_brokers if stage.brokers.kill(victim) else None


class LeaderMove(Nemesis):
    """Every partition of the log gets another of its replicas as leader."""

    name = "broker: leaders moved"

    def strike(self, stage: Stage, victim: int) -> Heal | None:
        return by_itself if stage.brokers.move_leaders() else None


class StoreKill(Nemesis):
    """kill -9 of the store in the middle of an insert, and its restart."""

    name = "store: kill -9 in an insert"

    def strike(self, stage: Stage, victim: int) -> Heal | None:
        server, proxy = _store(stage)
        if not server.running or not proxy.play(Trick.HELD, within_s=INSERT_S):
            return None
        server.kill()
        proxy.go_on()
        return server.start


class StoreAway(Nemesis):
    """The store is killed, and started again when it ends."""

    name = "store: away"

    def strike(self, stage: Stage, victim: int) -> Heal | None:
        server, _ = _store(stage)
        if not server.running:
            return None
        server.kill()
        return server.start


class StoreLongAway(StoreAway):
    """The same for longer than 1,000 s, after which aiokafka lets an idle consumer leave."""

    name = "store: away for over 1,000 s"


class AckLost(Nemesis):
    """An insert is stored, and the connection breaks before the worker hears of it."""

    name = "proxy: ack lost after an insert"

    def strike(self, stage: Stage, victim: int) -> Heal | None:
        server, proxy = _store(stage)
        lost = server.running and proxy.play(Trick.ACK_LOST, within_s=INSERT_S)
        return by_itself if lost else None


class Cut(Nemesis):
    """The connection breaks when so many bytes of an insert have passed."""

    name = "proxy: cut within an insert"

    def strike(self, stage: Stage, victim: int) -> Heal | None:
        server, proxy = _store(stage)
        cut = server.running and proxy.play(Trick.CUT, after_bytes=victim * 16, within_s=INSERT_S)
        return by_itself if cut else None


class HalfOpen(Nemesis):
    """Connections stay open and carry nothing, then break with all that was on the way."""

    name = "proxy: half open"

    def strike(self, stage: Stage, victim: int) -> Heal | None:
        _, proxy = _store(stage)
        proxy.deafen()
        return proxy.hear


class Delay(Nemesis):
    """Every 16 KB between worker and store take 0.3 s longer."""

    name = "proxy: slow"

    def strike(self, stage: Stage, victim: int) -> Heal | None:
        _, proxy = _store(stage)
        proxy.delay_s = 0.3
        return partial(setattr, proxy, "delay_s", 0.0)


class DiskFull(Nemesis):
    """Not one byte more fits on the store's disk."""

    name = "store: disk full"

    def strike(self, stage: Stage, victim: int) -> Heal | None:
        disk = stage.disk
        return disk.free if disk is not None and disk.fill() else None


def _store(stage: Stage) -> tuple[ClickHouse, Proxy]:
    if stage.server is None or stage.proxy is None:
        raise ValueError("this fault is of a store that is a server")
    return stage.server, stage.proxy
