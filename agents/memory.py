"""How the worker handles memory: it looks for cycles rarely, and keeps what it was given."""

from __future__ import annotations

import ctypes
import gc

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_KEPT_BYTES = 1 << 25


def settle() -> None:
    """Call it once, when everything is loaded."""
    _collect_rarely()
    _keep_freed_memory()


def _collect_rarely() -> None:
    """Never again look for cycles among what start-up made, and else after many new objects.

    What is read one by one is tens of thousands of small objects without cycles; with Python's own
    thresholds a third of the worker's time went into walking them and the window cache. Columns
    are a few large objects, hardly counted: one that lies in a cycle stays for millions of events.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)


def _keep_freed_memory() -> None:
    """Have glibc reuse the arrays of the last batch for the next.

    It hands arrays of some MB back to the system at once, and each is new pages the next time:
    a sixth of the time to read a batch as columns.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
