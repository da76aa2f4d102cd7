"""Ports on 127.0.0.1: which are free, and whose process listens on one (from Linux's /proc)."""

from __future__ import annotations

import random
import socket
from pathlib import Path

HOST = "127.0.0.1"

# Below the ports that Linux gives to outgoing connections (32768 and up): a client that keeps
# calling a server that is down could otherwise be given that server's port, and even reach itself.
_RANGE = range(20_000, 32_000)

_LISTEN = "0A"


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> tuple[int, ...]:
    """`count` different ports that are free now; another process may still be quicker."""
    shuffled = random.sample(_RANGE, len(_RANGE))
    free = (port for port in shuffled if is_free(port))
    return tuple(port for port, _ in zip(free, range(count), strict=False))


def listens(pid: int, port: int) -> bool:
    """Whether process `pid` itself holds the socket that listens on `port`."""
    process = Path("/proc") / str(pid)
    held = set()
    try:
        for table in ("tcp", "tcp6"):
            for line in (process / "net" / table).read_text().splitlines()[1:]:
                _, local, _, state, *rest = line.split()
                if state == _LISTEN and int(local.rpartition(":")[2], 16) == port:
                    held.add(f"socket:[{rest[5]}]")
        return any(str(link.readlink()) in held for link in (process / "fd").iterdir())
    except OSError:  # the process, or one of its files, has just gone
        return False
