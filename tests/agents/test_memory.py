"""The settings of the garbage collector and of the C library, in a process of their own."""

from __future__ import annotations

import subprocess
import sys

ASKED = """
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


def test_arrays_of_some_megabytes_are_not_new_pages_each_time() -> None:
    told = subprocess.run(
        [sys.executable, "-c", ASKED], check=True, capture_output=True, text=True
    ).stdout.split()
    before, after, threshold, is_frozen = told
    assert (int(threshold), is_frozen) == (200_000, "True")
    assert int(after) < int(before) / 10, told
