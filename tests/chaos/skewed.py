"""`pulse` in a process whose wall clock is off by what a file says: `python -m tests.chaos.skewed`.

Only Python's own clock is moved, at any moment and by any amount; monotonic time goes on, as it
does when somebody sets a machine's clock.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
from pathlib import Path

FILE = "CHAOS_CLOCK"
_SECONDS = struct.Struct("<q")


def set_clock(path: Path, seconds: int) -> None:
    """Move the clock of whoever runs on `path` to `seconds` from the true time."""
    if not path.exists():
        path.write_bytes(_SECONDS.pack(seconds))
    with path.open("r+b") as file:
        file.write(_SECONDS.pack(seconds))


def move_clock(path: Path) -> None:
    """From now on this process tells the time as the file has it."""
    with path.open("rb") as file:
        told = mmap.mmap(file.fileno(), _SECONDS.size, prot=mmap.PROT_READ)
    true_s, true_ns = time.time, time.time_ns

    def off() -> int:
        seconds: int = _SECONDS.unpack_from(told)[0]
        return seconds

    time.time = lambda: true_s() + off()
    time.time_ns = lambda: true_ns() + off() * 1_000_000_000


if __name__ == "__main__":
    move_clock(Path(os.environ[FILE]))
    from pipeline.cli.__main__ import main

    main()
