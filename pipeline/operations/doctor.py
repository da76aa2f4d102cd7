"""A look at every part of an installation, from the settings to the boards. It changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pipeline.clock import SharedClock, wall_ms
from pipeline.counted import counted
from pipeline.errors import PulseError
from pipeline.operations.checkup import Finding, State, failed
from pipeline.operations.config_check import Fault
from pipeline.operations.doctor_web import alertmanager, grafana, prometheus, worker
from pipeline.operations.perform import open_reader
from pipeline.pseudonym import load_pseudonyms
from pipeline.settings import Settings
from sinks.key_guard import claimed_keys
from sinks.migrate import State as Migrated
from sinks.migrate import status
from sinks.store import Store
from sinks.topics import TOPICS, read_brokers, topic_faults

SKEW_MS = 5_000
"""A clock further off than this puts events into the wrong minutes unnoticed."""

PARTS = (
    "settings",
    "kafka",
    "topics",
    "store",
    "tables",
    "key",
    "clock",
    "worker",
    "prometheus",
    "alertmanager",
    "grafana",
)
"""What is looked at, in this order."""


def examine(
    settings: Settings, faults: Sequence[Fault], on_part: Callable[[str], None]
) -> Iterator[Finding]:
    """A finding for each of PARTS; `faults` are those of the settings.

    `on_part` hears what is looked at next, as some take seconds.
    """
    on_part("settings")
    yield _settings(faults)
    on_part("kafka")
    brokers = _brokers(settings)
    yield _kafka(settings, brokers)
    on_part("topics")
    yield _topics(settings, brokers)
    on_part("store")
    yield from _store(settings)
    for part, look in (
        ("worker", worker),
        ("prometheus", prometheus),
        ("alertmanager", alertmanager),
        ("grafana", grafana),
    ):
        on_part(part)
        yield look(settings)


def _settings(faults: Sequence[Fault]) -> Finding:
    if not faults:
        return Finding("settings", State.OK, "nothing is wrong with them")
    names = ", ".join(fault.setting for fault in faults)
    return Finding("settings", State.FAIL, f"wrong: {names}", "`pulse config check` says what.")


def _brokers(settings: Settings) -> list[str] | PulseError:
    try:
        return read_brokers(settings.kafka)
    except PulseError as error:
        return error


def _kafka(settings: Settings, brokers: list[str] | PulseError) -> Finding:
    if isinstance(brokers, PulseError):
        remedy = "Is a broker up, and PULSE_KAFKA__BOOTSTRAP its address?"
        return Finding("kafka", State.FAIL, f"{brokers.what} ({brokers.where})", remedy)
    told = f"{counted(len(brokers), 'broker')}: {', '.join(brokers)}"
    if len(brokers) < settings.kafka.replication:
        remedy = "Start more brokers, or lower PULSE_KAFKA__REPLICATION before topics are made."
        told = f"{told}, fewer than the {settings.kafka.replication} copies wanted"
        return Finding("kafka", State.FAIL, told, remedy)
    return Finding("kafka", State.OK, told)


def _topics(settings: Settings, brokers: list[str] | PulseError) -> Finding:
    if isinstance(brokers, PulseError):
        return Finding("topics", State.FAIL, "cannot be asked without a broker", "See kafka.")
    try:
        faults = [fault for _, fault in topic_faults(settings.kafka)]
    except PulseError as error:
        return failed("topics", error)
    if faults:
        more = f", and {len(faults) - 3} more" if len(faults) > 3 else ""
        remedy = "`pulse topics create` makes missing ones; `pulse topics check` names the rest."
        return Finding("topics", State.FAIL, "; ".join(faults[:3]) + more, remedy)
    each = counted(settings.kafka.partitions, "partition")
    return Finding("topics", State.OK, f"{len(TOPICS)} topics of {each} each")


def _store(settings: Settings) -> Iterator[Finding]:
    """The store, and what only it can tell: tables, key, clock."""
    try:
        store = open_reader(settings, role="doctor")
    except PulseError as error:
        yield failed("store", error)
        for part in ("tables", "key", "clock"):
            yield Finding(part, State.FAIL, "cannot be asked without a store", "See store.")
        return
    try:
        yield _told("store", _version, store, settings)
        tables = _told("tables", _tables, store, settings)
        yield tables
        if tables.state is State.OK:
            yield _told("key", _key, store, settings)
        else:
            yield Finding("key", State.FAIL, "cannot be asked without tables", "See tables.")
        yield _told("clock", _clock, store, settings)
    finally:
        store.close()


def _told(
    part: str, look: Callable[[Store, Settings], Finding], store: Store, settings: Settings
) -> Finding:
    try:
        return look(store, settings)
    except PulseError as error:
        return failed(part, error)


def _version(store: Store, _: Settings) -> Finding:
    told = f"{store.address}, ClickHouse {store.version()}"
    if not store.modern:
        told += "; older than 24.8: without rollup, baselines and drop alerts"
    return Finding("store", State.OK, told)


def _tables(store: Store, _: Settings) -> Finding:
    states = status(store)
    pending = [migration.name for migration, state in states if state is Migrated.PENDING]
    if pending:
        told = f"lacks {', '.join(pending)}"
        return Finding("tables", State.FAIL, told, "Run `pulse migrate up`.")
    return Finding("tables", State.OK, f"all {len(states)} migrations are applied")


def _key(store: Store, settings: Settings) -> Finding:
    key_id = load_pseudonyms(settings).key_id
    others = claimed_keys(store) - {key_id}
    if others:
        told = f"the store's persons have key {', '.join(sorted(others))}, the settings {key_id}"
        remedy = "Set PULSE_PSEUDONYM_KEY to the key the store was filled with."
        return Finding("key", State.FAIL, told, remedy)
    return Finding("key", State.OK, f"key id {key_id}")


def _clock(store: Store, settings: Settings) -> Finding:
    clock = SharedClock(settings.clock_file).clock()
    seconds = store.query("SELECT toInt64(toUInt32(now())) AS s")["s"].item()
    skew_ms = abs(seconds * 1000 - wall_ms())
    if skew_ms > SKEW_MS:
        told = f"this machine and the store differ by {skew_ms / 1000:.0f} s"
        return Finding("clock", State.FAIL, told, "Let NTP set the clocks of both.")
    rate = clock.rate(wall_ms())
    told = "wall time" if settings.clock_file is None else f"{settings.clock_file}, rate {rate:g}"
    return Finding("clock", State.OK, told)
