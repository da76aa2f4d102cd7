"""A whole block of the Native format, which is written in parts that take each other's place."""

from __future__ import annotations

from typing import Any

from sinks.native import encode


def whole(*args: Any, **kwargs: Any) -> bytes:
    """What `encode` says, in one."""
    return b"".join(map(bytes, encode(*args, **kwargs)))
