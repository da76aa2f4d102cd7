"""`python -m tests.benchmarks.instructions`: instructions of the pure core per event.

Time depends on the machine and its mood, the number of instructions hardly does: a fixed batch goes
through programs/core.py, and what it takes is compared with the committed figure. Counted are a
process with n batches and its fork with 2 n, whose difference leaves the start of Python out.
valgrind counts them as it emulates them (cachegrind without its caches, the quickest of its
counters), the same on every machine; the counters of a real processor (`perf stat`) are not to be
had in every virtual one.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.errors import PulseError
from tests.benchmarks.course import ROOT
from tests.benchmarks.programs.core import ROWS
from tests.benchmarks.screen import console, run

FIGURE = Path(__file__).with_name("instructions.json")
PROGRAM = Path(__file__).parent / "programs" / "core.py"
BATCHES = 2
TOLERANCE = 0.05
LIBRARIES = ("polars", "numpy", "numba", "pyarrow")
_COUNTED = re.compile(r"I +refs: +([\d,]+)")
_VALGRIND = (
    "valgrind",
    "--tool=cachegrind",
    "--cache-sim=no",
    "--cachegrind-out-file=/dev/null",
)
DETERMINED = {
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "POLARS_MAX_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NUMBA_CPU_NAME": "generic",  # what valgrind emulates is no processor that there is
    "NUMBA_CPU_FEATURES": "",
    "PYTHONPATH": str(ROOT),
}


def instructions_per_event() -> float:
    """Instructions of the core for one event."""
    if shutil.which("valgrind") is None:
        raise PulseError("valgrind is not found", remedy="Install Debian's package valgrind.")
    _run(
        [sys.executable, PROGRAM, "1"]
    )  # has the loops compiled: under valgrind that takes minutes
    done = _run([*_VALGRIND, sys.executable, PROGRAM, str(BATCHES)])
    counted = sorted(int(number.replace(",", "")) for number in _COUNTED.findall(done.stderr))
    if done.returncode or len(counted) != 2:
        raise PulseError(f"valgrind did not count: {done.stderr.strip()[-2000:]}")
    few, many = counted
    return (many - few) / (BATCHES * ROWS)


def _run(command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env={"PATH": os.environ["PATH"], **DETERMINED},  # any more would move the stack
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def committed() -> dict[str, Any]:
    """The figure that a change is compared with, and what it was counted with."""
    figure: dict[str, Any] = json.loads(FIGURE.read_text())
    return figure


def made_with() -> dict[str, str]:
    """What the number of instructions depends on, beside our own code."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, **{name: version(name) for name in LIBRARIES}}


def main(
    *, write: Annotated[bool, typer.Option(help="Commit to this figure: write it.")] = False
) -> None:
    """Count, and compare with the committed figure or write it anew."""
    found = instructions_per_event()
    console.print(f"{found:,.0f} instructions per event")
    if write:
        figure = {"instructions_per_event": round(found), **made_with()}
        FIGURE.write_text(json.dumps(figure, indent=1) + "\n")
        console.print(f"written: {FIGURE}")
        return
    before = committed()["instructions_per_event"]
    console.print(f"{found / before - 1:+.2%} against the committed {before:,}")
    raise typer.Exit(int(abs(found / before - 1) > TOLERANCE))


if __name__ == "__main__":
    run(main)
