"""Where an operation runs, and where one reads: here, or at the process that owns the store."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.clock import SharedClock
from pipeline.errors import StoreError, StoreInUse
from pipeline.operations.control_socket import WHERE
from pipeline.operations.operation import Context
from pipeline.operations.owner import ask_owner
from pipeline.progress import Progress, unwatched
from pipeline.settings import Settings
from sinks.migrate import require_current
from sinks.store import Store, open_store


def perform(
    name: str, arguments: Mapping[str, Any], settings: Settings, progress: Progress = unwatched
) -> dict[str, Any]:
    """The result of operation `name`, run where the store may be written.

    Raises what the operation raises, StoreError where there is no store, and StoreInUse when the
    embedded store belongs to a process that takes no operations.
    """
    _refuse_to_make(settings)
    try:
        store = open_store(settings, role=name)
    except StoreInUse as owned:
        return ask_owner(settings, name, arguments, owned=owned, progress=progress)
    try:
        from pipeline.operations.table import OPERATIONS  # noqa: PLC0415  (readers need none)

        require_current(store)
        clock = SharedClock(settings.clock_file)
        return OPERATIONS[name](Context(settings, store, clock, progress), arguments)
    finally:
        store.close()


def open_reader(settings: Settings, *, role: str) -> Store:
    """The store of the settings, to be read: itself, or the SQL endpoint of its owner.

    Raises StoreError where there is none.
    """
    _refuse_to_make(settings)
    try:
        return open_store(settings, role=role)
    except StoreInUse as owned:
        return _endpoint(settings, owned)


def open_running(settings: Settings, *, role: str) -> Store:
    """A store that others serve: a server, or the SQL endpoint of the embedded store's owner.

    A folder that nobody owns is not opened, so a worker that starts meanwhile does not find it
    taken: StoreInUse.
    """
    if settings.store.startswith("chdb:"):
        nobody = StoreInUse("The embedded store is not served", where=settings.store)
        return _endpoint(settings, nobody)
    return open_store(settings, role=role)


def _refuse_to_make(settings: Settings) -> None:
    """Opening an embedded store would make it, and look as if what is asked for had never been."""
    scheme, _, folder = settings.store.partition(":")
    if scheme == "chdb" and not _holds_something(Path(folder)):
        raise StoreError(
            "There is no store yet",
            where=f"PULSE_STORE={settings.store}",
            remedy="Is that its folder? `pulse up` makes a new one, or `pulse migrate up`.",
        )


def _holds_something(folder: Path) -> bool:
    try:
        return any(folder.iterdir())
    except FileNotFoundError:
        return False
    except OSError:  # no folder, or not this user's: opening it says so
        return True


def _endpoint(settings: Settings, owned: StoreInUse) -> Store:
    from sinks.endpoint_store import EndpointStore  # noqa: PLC0415  (an HTTP client)

    offers = ask_owner(settings, WHERE, {}, owned=owned)
    password = settings.endpoint.password.get_secret_value()
    return EndpointStore(offers["endpoint"], password=password)
