from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOOP = """
from schemas.compiled import LOOPS, compiled

@compiled
def added(a, b):
    return a + b

print(added(40, 2), sum(added.stats.cache_hits.values()), added in LOOPS)
"""


def run(folder: Path, cache: Path) -> list[str]:
    """What a process of its own says that calls the loop once: the sum, and what it found kept."""
    (folder / "loop.py").write_text(LOOP)
    done = subprocess.run(
        [sys.executable, "-m", "loop"],
        env={
            **os.environ,
            "NUMBA_CACHE_DIR": str(cache),
            "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_second_process_compiles_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, tmp_path / "cache") == ["42", "0", "True"]
    assert run(tmp_path, tmp_path / "cache") == ["42", "1", "True"]


def test_it_runs_where_nothing_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder")
    assert run(tmp_path, tmp_path / "cache") == ["42", "0", "True"]
