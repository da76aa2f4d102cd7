"""How the worker handles memory: threads share what was freed, and cycles are looked for rarely.

Of C libraries only glibc is spoken to; others do as they do.
"""

from __future__ import annotations

import ctypes
import gc
import mmap
from pathlib import Path

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_KEPT_BYTES = 1 << 25
_UNCHANGED = ("r-xp", "r--p")
_MAPPINGS = Path("/proc/self/smaps")

_c_library = ctypes.CDLL(None)


def share() -> None:
    """Have all threads take from one heap. Call it before there are any.

    Each would have its own, and keep there what its largest batch took: some 200 MB in all.
    """
    _set(_M_ARENA_MAX, 1)


def settle() -> None:
    """Call it once, when everything is loaded."""
    _collect_rarely()
    _keep_freed_memory()
    _forget_code()


def give_back() -> None:
    """Hand what is free to the system: for when a time of large batches is over."""
    trim = getattr(_c_library, "malloc_trim", None)
    if trim is not None:
        trim(0)


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
    _set(_M_MMAP_THRESHOLD, _KEPT_BYTES)
    _set(_M_TRIM_THRESHOLD, _KEPT_BYTES)


def _forget_code() -> None:
    """Let go of the libraries' code and constants that only start-up used, most the compiler's.

    What is used again comes back from the file, or from the system's cache of it. What something in
    this process has written to stays.
    """
    madvise = getattr(_c_library, "madvise", None)
    if madvise is None or not _MAPPINGS.exists():
        return
    reach = access = path = ""
    for line in _MAPPINGS.read_text().splitlines():
        words = line.split(maxsplit=5)
        if not words[0].endswith(":"):
            reach, access, *_, path = [*words, ""][:6]
        elif words[:2] == ["Anonymous:", "0"] and access in _UNCHANGED and path.startswith("/"):
            start, end = (int(place, 16) for place in reach.split("-"))
            madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), mmap.MADV_DONTNEED)


def _set(name: int, value: int) -> None:
    mallopt = getattr(_c_library, "mallopt", None)
    if mallopt is not None:
        mallopt(name, value)
