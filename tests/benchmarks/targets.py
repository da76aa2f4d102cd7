"""What the benchmark is held to, and whether this run reached it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.benchmarks.figures import Figures, ratio

FULL_CPU_S_PER_MILLION = 5.0


@dataclass(frozen=True)
class Ratio:
    """`ours` is to be at least `least` times as fast as `theirs`."""

    ours: str
    theirs: str
    least: float


RATIOS = (
    Ratio("full_server", "kafka_streams_eos", 3.0),
    Ratio("full_server", "faust_stock", 40.0),
    Ratio("full_server", "flink_full", 1.0),
    Ratio("full_embedded", "kafka_streams_eos", 2.5),
    Ratio("bare", "flink", 1.5),
)


@dataclass(frozen=True)
class Verdict:
    """A target, what was measured, and whether that reaches it."""

    what: str
    wanted: str
    measured: str
    reached: bool

    @property
    def row(self) -> list[str]:
        return [self.what, self.wanted, self.measured, "yes" if self.reached else "no"]


COLUMNS = ["target", "wanted", "measured", "reached"]


def verdicts(found: Mapping[str, Figures]) -> Iterator[Verdict]:
    """The targets that can be judged by these figures."""
    for one in RATIOS:
        times = ratio(found, one.ours, one.theirs)
        if times is not None:
            what = f"{one.ours} against {one.theirs}"
            yield Verdict(what, f">= {one.least:g} x", f"{times:.2f} x", times >= one.least)
    if "full_server" in found:
        cpu = found["full_server"].cpu
        yield Verdict(
            "full_server, worker alone",
            f"<= {FULL_CPU_S_PER_MILLION:g} CPU-s per million",
            f"{cpu:.2f}",
            cpu <= FULL_CPU_S_PER_MILLION,
        )


def at_most(what: str, measured: float, limit: float, unit: str = "") -> Verdict:
    """A figure that is to stay within `limit`."""
    return Verdict(what, f"<= {limit:g}{unit}", f"{measured:.3g}{unit}", measured <= limit)


def at_least(what: str, measured: float, limit: float, unit: str = "") -> Verdict:
    """A figure that is to reach `limit`."""
    return Verdict(what, f">= {limit:g}{unit}", f"{measured:.3g}{unit}", measured >= limit)
