"""`python -m tests.benchmarks.live_view`: memory and speed of the live view.

A tenth as many groups as members; every member joined long ago, and the chats of one day are
spread evenly over all of them, which is the worst case: hardly two chats of one person in a row.
"""

from __future__ import annotations

import gc
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from pipeline.core.live import LiveView
from pipeline.core.signals import DAY_MS, HOUR_MS
from schemas.event_type import EventType

NOW = 1_760_000_400_000 // HOUR_MS * HOUR_MS
BATCH = 4_000
console = Console()


def main(members: Annotated[int, typer.Option(help="Members in all.")] = 1_000_000) -> None:
    """Print rows/s of CPU time, and what the view holds in memory after each step."""
    joins = facts(members, np.arange(members), -400 * DAY_MS, -2 * DAY_MS, join_method="qr")
    anyone = np.random.default_rng(1).integers(0, members, members)
    old = facts(members, anyone, -400 * DAY_MS, -2 * DAY_MS, msg_type="text")
    today = facts(members, anyone, -DAY_MS, 0, msg_type="text")
    few = facts(members, anyone[: members // 5] % 5_000, 0, HOUR_MS, msg_type="text")
    view = LiveView(grace_ms=0)
    view.advance(NOW)
    gc.collect()
    empty = resident_mb()
    table = Table("step", "rows", "rows/s", "MB", title=f"{members:,} members")
    for step, event_type, rows in (
        ("joins of long ago", EventType.JOIN, joins),
        ("chats of long ago", EventType.CHAT, old),
        ("chats of today, all members", EventType.CHAT, today),
        ("chats of now, 5,000 members", EventType.CHAT, few),
    ):
        seconds = timed(lambda kind=event_type, rows=rows: feed(view, kind, rows))
        speed = f"{rows.height / seconds:,.0f}"
        table.add_row(step, f"{rows.height:,}", speed, f"{resident_mb() - empty:.0f}")
    console.print(table)
    console.print(f"snapshot {timed(view.snapshot) * 1000:.1f} ms")
    minute = timed(lambda: view.advance(NOW + 60_000))
    console.print(f"advance by a minute {minute * 1000:.1f} ms")


def facts(members: int, who: np.ndarray, from_ms: int, to_ms: int, **own: str) -> pl.DataFrame:
    """Facts of members by number, in order of time, with one value for each further column."""
    times = np.sort(np.random.default_rng(2).integers(NOW + from_ms, NOW + to_ms, len(who)))
    number = pl.Series(who)
    return pl.DataFrame(
        {
            "event_ms": times,
            "group_id": "group-" + (number % (members // 10)).cast(pl.String),
            "user_id": "u_" + number.cast(pl.String).str.zfill(32),
        }
    ).with_columns(
        actor_role=pl.lit("member"),
        source=pl.lit("benchmark"),
        source_seq=pl.lit(0, pl.UInt64),
        **{name: pl.lit(value) for name, value in own.items()},
    )


def feed(view: LiveView, event_type: EventType, rows: pl.DataFrame) -> None:
    """Apply in batches, as commits do."""
    for start in range(0, rows.height, BATCH):
        view.apply(event_type, rows[start : start + BATCH])
    view.snapshot()


def timed(work: Callable[[], object]) -> float:
    """CPU seconds it takes."""
    started = time.process_time()
    work()
    return time.process_time() - started


def resident_mb() -> float:
    """Memory of this process."""
    gc.collect()
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


if __name__ == "__main__":
    typer.run(main)
