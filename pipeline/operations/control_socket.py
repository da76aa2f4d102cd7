"""Where the owner of an embedded store is reached: a Unix socket that only its user may open."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import StoreInUse
from pipeline.settings import Settings

WHERE = "where"
"""Asks what the owner offers: its process id, and the address of its SQL endpoint."""

LONGEST_REQUEST = 1 << 22
"""Bytes of one request."""

_LONGEST = 100
"""Bytes; the kernel takes 107."""


def control_path(settings: Settings) -> Path:
    """The socket's file, in the folder of this installation's state."""
    return settings.state_dir.absolute() / "control.sock"


@contextmanager
def short(path: Path) -> Iterator[str]:
    """A name of `path` that is short enough for a socket, however deep its folder lies."""
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def connect(path: Path) -> socket.socket | None:
    """A connection to whoever listens at `path`; None if nobody does.

    Raises StoreInUse where this user may not open it.
    """
    caller = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with short(path) as name:
            caller.connect(name)
    except PermissionError as error:
        caller.close()
        raise StoreInUse(
            "The embedded store belongs to another user's process: its control socket may not be"
            " opened",
            where=str(path),
            remedy="Run this command as that user.",
        ) from error
    except OSError:
        caller.close()
        return None
    return caller


def listen(path: Path) -> socket.socket:
    """Listen at `path`, readable and writable by this user alone; raise OSError if that fails.

    Call it only when nobody else listens there.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        os.fchmod(listener.fileno(), 0o600)  # before the file exists, so that it is born closed
        path.unlink(missing_ok=True)
        with short(path) as name:
            listener.bind(name)
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener
