"""The README's pictures: boards of a store's own past, without waiting for a Prometheus to see it.

`python -m deploy.local.pictures --store .local/demo/store --at 2026-11-28T21:30:00+08:00`

A copy of the store is set to stand at that moment. What its worker would have exported until then
is computed by the same definitions as a back-test's, and laid into a real Prometheus; then `pulse
board` draws each board, and a headless Chromium looks at it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from deploy.local.browser import picture
from deploy.local.demo_processes import run_pulse
from deploy.local.prometheus import Prometheus
from deploy.local.stack import Programs
from pipeline.alerting.backtest import readings
from pipeline.catalog.catalogue import MILESTONES
from pipeline.catalog.series import FUNNEL_MEMBERS, Part, part_name
from pipeline.clock import Clock, Segment, wall_ms, write_clock
from pipeline.core.signals import COLUMN, SLOW, Count
from pipeline.errors import PulseError
from pipeline.rollup.history import history
from pipeline.rollup.plan import Span
from sinks.clock_table import record_clock
from sinks.embedded import EmbeddedStore
from sinks.store import Store

STEP_MS = 5 * 60_000
HOURS = 6
SCALE = 0.75
"""Pixels of a picture in a CSS pixel: a README is read at about this size."""
GRACE_MS = 300_000
ZONE = "Asia/Shanghai"
FUNNEL: Mapping[str, Count] = {
    "joined": Count.JOINED,
    "spoke": Count.SPOKE,
    "ordered": Count.ORDERED,
}


@dataclass(frozen=True)
class Shot:
    """One picture: of which board, in which language and light, how large."""

    file: str
    language: str
    height: int
    dark: bool = False
    board: str = "overview"
    width: int = 1360


SHOTS: Sequence[Shot] = (
    Shot("overview.png", "en", 2290),
    Shot("overview-zh-dark.png", "zh", 1060, dark=True),
)


class _Past(Prometheus):
    """A Prometheus that shows a sample until the next one is due."""

    def prepare(self) -> list[str | Path]:
        """See Prometheus."""
        lookback = f"--query.lookback-delta={STEP_MS // 60_000 + 1}m"
        words = super().prepare()
        return [lookback if str(word).startswith("--query.lookback") else word for word in words]


def samples(store: Store, at_ms: int) -> Iterator[str]:
    """OpenMetrics of the slow signals and the funnel, by group, over the hours before."""
    last = at_ms // STEP_MS * STEP_MS
    span = Span(last - HOURS * 3_600_000 - STEP_MS, last, STEP_MS)
    pieces = list(history(store, span, grace_ms=GRACE_MS, zone=ZONE))
    grid = pl.concat([found for found, _ in pieces])
    known = pl.concat([usual for _, usual in pieces])
    for metric in MILESTONES:
        for number, drop in enumerate(metric.drops):
            if drop.signal != "slow":
                continue
            rows = readings(grid, known, metric, drop).filter(pl.col("denominator") > 0)
            rows = rows.with_columns(ratio=pl.col("numerator") / pl.col("denominator"))
            labels, against = {"signal": "slow"}, {"against": str(drop.against)}
            first = number == min(n for n, it in enumerate(metric.drops) if it.signal == "slow")
            for part in (Part.NUMERATOR, Part.DENOMINATOR, Part.RATIO) if first else ():
                yield from _series(part_name(metric.stem, part), rows, str(part), labels)
            usual = rows.drop_nulls("baseline")
            name = part_name(metric.stem, Part.BASELINE_RATIO)
            yield from _series(name, usual, "baseline", {**labels, **against})
    for step, count in FUNNEL.items():
        yield from _series(FUNNEL_MEMBERS.name, grid, COLUMN[SLOW, count], {"step": step})


def _series(name: str, rows: pl.DataFrame, column: str, labels: Mapping[str, str]) -> Iterator[str]:
    for group, t_ms, value in (
        rows.sort("group_id", "t_ms").select("group_id", "t_ms", column).rows()
    ):
        of = {"group_id": group.replace("\\", "\\\\").replace('"', '\\"'), **labels}
        inside = ",".join(f'{label}="{text}"' for label, text in of.items())
        yield f"{name}{{{inside}}} {value} {t_ms / 1000:.3f}\n"


def make(store_folder: Path, at: datetime, to: Path) -> None:
    """Write every picture into the folder `to`."""
    programs, at_ms = Programs.find(), int(at.timestamp() * 1000)
    with tempfile.TemporaryDirectory(prefix="pulse-pictures-") as work:
        folder = Path(work)
        shutil.copytree(store_folder, folder / "store", symlinks=True)
        stands = Segment(wall_ms(), at_ms, 0.0)
        store = EmbeddedStore(folder / "store")
        try:
            record_clock(store, Clock((stands,)))
            lines = sorted(samples(store, at_ms), key=lambda line: line.partition("{")[0])
        finally:
            store.close()
        write_clock(folder / "clock.json", [stands])
        past = folder / "past.om"
        past.write_text("".join(lines) + "# EOF\n", encoding="utf-8")
        data = folder / "prometheus" / "data"
        data.mkdir(parents=True)
        words = ["tsdb", "create-blocks-from", "openmetrics", "--quiet", str(past), str(data)]
        subprocess.run([programs.promtool, *words], check=True, stdout=subprocess.DEVNULL)
        config = "global: {}\n"
        with _Past(folder / "prometheus", programs, config=config) as prometheus:
            settings = {
                "PULSE_STORE": f"chdb:{folder / 'store'}",
                "PULSE_STATE_DIR": str(folder / "state"),
                "PULSE_CLOCK_FILE": str(folder / "clock.json"),
                "PULSE_PROMETHEUS_URL": prometheus.url,
            }
            for shot in SHOTS:
                _shoot(shot, settings, at, folder / f"{shot.file}.html", to / shot.file)


def _shoot(shot: Shot, settings: Mapping[str, str], at: datetime, page: Path, to: Path) -> None:
    first = datetime.fromtimestamp(at.timestamp() - HOURS * 3_600, at.tzinfo)
    ends = ("--from", first.isoformat(), "--to", at.isoformat())
    words = ("board", shot.board, "--html", str(page), "--language", shot.language)
    run_pulse([*words, *ends], {**os.environ, **settings})
    picture(page, to, width=shot.width, height=shot.height, dark=shot.dark, scale=SCALE)
    sys.stdout.write(f"{to}: {to.stat().st_size // 1024} KiB\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make them all; 0 = made, 1 = not."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.pictures", description=__doc__)
    parser.add_argument("--store", type=Path, required=True, help="folder of an embedded store")
    parser.add_argument("--at", type=datetime.fromisoformat, required=True, help="RFC 3339")
    parser.add_argument("--to", type=Path, default=Path("grafana/pictures"))
    options = parser.parse_args(arguments)
    try:
        make(options.store, options.at, options.to)
    except PulseError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
