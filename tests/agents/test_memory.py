"""The settings of the garbage collector and of the C library, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys

KEPT = """
import gc, resource
import numpy as np
from agents import memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        np.ones(4_000_000, np.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

before = faults()
memory.settle()
faults()
print(before, faults(), gc.get_threshold()[0], gc.get_freeze_count() > 0)
"""


SHARED = """
import ctypes
from concurrent.futures import ThreadPoolExecutor
import agents
import numpy as np

threads = ThreadPoolExecutor(4)
threads.submit(lambda: np.ones(1_000, np.uint8)).result()
list(threads.map(lambda _: np.ones(20_000, np.uint8), range(1_000)))
ctypes.CDLL(None).malloc_stats()
"""

GIVEN_BACK = """
import numpy as np
from agents import memory
from agents.rehearsal import rehearse

def resident(kind):
    with open("/proc/self/smaps_rollup") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(kind)) // 1000

rehearse()
with_code = resident("Rss") - resident("Anonymous")
memory.settle()
without_code = resident("Rss") - resident("Anonymous")
arrays = [np.ones(1_000_000, np.uint8) for _ in range(100)]
del arrays[:-1]
held = resident("Anonymous")
memory.give_back()
rehearse()
print(with_code - without_code, held - resident("Anonymous"))
"""


def told(program: str) -> tuple[list[str], str]:
    """The words that a program prints, and what it says beside them."""
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    return done.stdout.split(), done.stderr


def test_arrays_of_some_megabytes_are_not_new_pages_each_time() -> None:
    (before, after, threshold, is_frozen), _ = told(KEPT)
    assert (int(threshold), is_frozen) == (200_000, "True")
    assert int(after) < int(before) / 10, (before, after)


def test_threads_have_one_heap_together() -> None:
    _, stats = told(SHARED)
    assert stats.count("Arena ") == 1, stats


def test_what_is_free_and_the_code_of_start_up_are_given_back() -> None:
    (code_mb, heap_mb), _ = told(GIVEN_BACK)
    assert int(code_mb) > 30
    assert int(heap_mb) > 70
