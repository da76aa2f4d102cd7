"""What the rehearsal has compiled is all that a worker needs."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
from agents.rehearsal import rehearse
from schemas.compiled import LOOPS

def compiled():
    return {(one.__module__, one.__name__): one.signatures for one in LOOPS}

rehearse()
ready = compiled()
from tests.simulation.world import World
for seed in (1, 2, 3):
    with World(seed) as world:
        world.run()
print(sum(map(len, ready.values())))
print({name: its for name, its in compiled().items() if its != ready.get(name)})
"""


def test_a_simulated_worker_has_nothing_compiled_after_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    ready, later = done.stdout.splitlines()
    assert int(ready) > 0
    assert later == "{}"
