"""The live part of the demo: a look at everything each second, shown and judged."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.live import Live

from deploy.local.demo_clock import DemoClock
from deploy.local.demo_processes import PulseUp
from deploy.local.process import Server
from deploy.local.prometheus import Prometheus
from deploy.local.receiver import Receiver
from deploy.local.screen import Scene, Setting, render, status_line
from deploy.local.verdict import Outcome, Verdict
from deploy.local.watch import ActiveAlert, Worker, fetch, read_alerts, read_worker
from pipeline.errors import PulseError

LOOK_S = 1.0
STATUS_S = 5.0
"""Between two status lines where there is no terminal to draw on."""
RATE_LOOKS = 10
"""Looks over which events per second are averaged."""


@dataclass
class Lookout:
    """Sees everything that runs; a part that does not answer is told on the screen."""

    setting: Setting
    clock: DemoClock
    up: PulseUp
    prometheus: Prometheus
    receiver: Receiver
    _worker: Worker = field(default_factory=Worker)
    _alerts: tuple[ActiveAlert, ...] = ()
    _counts: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=RATE_LOOKS))

    def look(self, verdict: str = "") -> Scene:
        """How things stand now; what does not answer is as it was at the last look."""
        trouble = ""
        try:
            self._worker = read_worker(fetch(self.up.url))
            self._alerts = read_alerts(fetch(f"{self.prometheus.url}/api/v1/alerts"))
        except PulseError as error:
            trouble = str(error)
        self._counts.append((time.monotonic(), self._worker.pipeline.records))
        return Scene(
            self.setting,
            now_ms=self.clock.now_ms,
            rate=self.clock.rate,
            wall_s=time.time(),
            worker=self._worker,
            events_per_s=self._events_per_s(),
            alerts=self._alerts,
            received=self.receiver.received,
            verdict=verdict,
            trouble=trouble,
        )

    def _events_per_s(self) -> float:
        (began, before), (ended, after) = self._counts[0], self._counts[-1]
        return (after - before) / (ended - began) if ended > began else 0.0


def watch(
    lookout: Lookout,
    servers: Sequence[Server],
    console: Console,
    judge: Callable[[], Verdict] | None = None,
) -> Verdict:
    """Show everything until `judge` has decided; without it, until interrupted.

    PulseError when one of the servers ends.
    """
    with _display(console) as show:
        while True:
            for server in servers:
                if not server.running:
                    raise PulseError(
                        f"{server.name} has ended",
                        where=str(server.log),
                        remedy="Its log says why; `make demo` goes on from here.",
                    )
            lookout.clock.stamp()
            verdict = judge() if judge else None
            show(lookout.look(verdict.reason if verdict else ""))
            if verdict is not None and verdict.outcome is not Outcome.WAITING:
                return verdict
            time.sleep(LOOK_S)


@contextmanager
def _display(console: Console) -> Iterator[Callable[[Scene], None]]:
    """How a scene is shown: drawn over the last one, or as a line now and then."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    with Live(console=console, auto_refresh=False) as live:

        def draw(scene: Scene) -> None:
            live.update(render(scene, width=console.width, height=console.height), refresh=True)

        yield draw


class _Lines:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._due = 0.0

    def __call__(self, scene: Scene) -> None:
        if time.monotonic() >= self._due:
            self._console.print(status_line(scene), markup=False, soft_wrap=True)
            self._due = time.monotonic() + STATUS_S
