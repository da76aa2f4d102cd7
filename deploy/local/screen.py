"""The live screen of the demo: one moment of everything, fitted to the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.text import Text

from deploy.local.delivery import Delivery
from deploy.local.screen_groups import Row, group_rows, group_table
from deploy.local.watch import ActiveAlert, Pipeline, Worker
from pipeline.alerting.health import WATCHDOG
from pipeline.sources.simulator.scenario import Drop

MOST_GROUPS = 26
ALERTS_SHOWN = 4
DELIVERIES_SHOWN = 3
_STATES = ("pending", "firing")
"""Alert states, the worse one later."""


@dataclass(frozen=True)
class Setting:
    """What stays the same while the screen is shown.

    `silent`: ids of the groups that the incident strikes. `history` says of each group that has
    no live source, and so no gauges, what was imported; `bad_lines`: lines that importers
    refused, by reason. `places` names what can be looked at, and where.
    """

    zone: str
    incident: Drop
    silent: Sequence[str]
    history: Mapping[str, str] = field(default_factory=dict)
    bad_lines: Mapping[str, int] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)

    def local(self, ms: int) -> str:
        """An event time by the reporting zone's clock."""
        return f"{datetime.fromtimestamp(ms / 1000, ZoneInfo(self.zone)):%a %Y-%m-%d %H:%M}"


@dataclass(frozen=True)
class Scene:
    """One moment. `now_ms` and `rate` are the clock's, `wall_s` is the wall's, since 1970.

    `verdict`: how the demo stands, if it is to end by itself; `trouble`: what did not answer.
    """

    setting: Setting
    now_ms: int
    rate: float
    wall_s: float
    worker: Worker
    events_per_s: float = 0.0
    alerts: Sequence[ActiveAlert] = ()
    received: Sequence[Delivery] = ()
    verdict: str = ""
    trouble: str = ""

    @property
    def watched(self) -> list[ActiveAlert]:
        """Alerts that Prometheus holds, but for the one that always fires; the worst first."""
        alerts = [alert for alert in self.alerts if alert.name != WATCHDOG]
        return sorted(alerts, key=lambda alert: (alert.state != "firing", alert.since))

    @property
    def rows(self) -> list[Row]:
        """The groups, in order."""
        states: dict[str, str] = {}
        for alert in self.watched:
            group_id = alert.labels.get("group_id", "")
            states[group_id] = max(states.get(group_id, ""), alert.state, key=_rank)
        return group_rows(self.worker, states)


def render(scene: Scene, *, width: int, height: int) -> RenderableType:
    """The whole screen, no wider and no higher than the terminal if it has 24 lines and 80 columns.

    What does not fit is left out of the groups, those that are as usual first.
    """
    rows = scene.rows
    above = [*_head(scene), Text()]
    below = [Text(), *_below(scene, width)]
    room = max(3, min(MOST_GROUPS, height - len(above) - len(below) - 4))
    table = group_table(rows, width=width, height=room)
    left_out = len(rows) - room
    more = [_line(f"… and {left_out} more", "dim")] if left_out > 0 else []
    return Group(*above, table, *more, *below)


def status_line(scene: Scene) -> str:
    """The same in one line, for a log."""
    pipeline = scene.worker.pipeline
    worst = [row.group_id for row in scene.rows if any(cell.fires for cell in row.cells.values())]
    told = [
        f"{scene.setting.local(scene.now_ms)} x{scene.rate:g}",
        f"{pipeline.records:,} records, {scene.events_per_s:,.0f}/s, {_outcomes(pipeline)}",
        f"lag {pipeline.lag_records:,}",
        f"dropped: {', '.join(worst) or 'no group'}",
        *(f"{alert.name} {alert.state}{_group(alert)}" for alert in scene.watched),
        *filter(None, (scene.verdict, scene.trouble)),
    ]
    return " | ".join(told)


def _head(scene: Scene) -> Iterator[Text]:
    clock = f"{scene.setting.local(scene.now_ms)} {scene.setting.zone}, x{scene.rate:g}"
    yield _line(f"community-pulse demo   event clock {clock}", "bold")
    yield _line(_incident(scene), "magenta")


def _incident(scene: Scene) -> str:
    setting, drop = scene.setting, scene.setting.incident
    if scene.now_ms < drop.start_ms:
        when = f"comes at {setting.local(drop.start_ms)}"
    elif scene.now_ms < drop.end_ms:
        when = f"is on until {setting.local(drop.end_ms)}"
    else:
        when = f"ended at {setting.local(drop.end_ms)}"
    return f"MADE UP groups sim-*: silence in {', '.join(setting.silent)} {when}"


def _below(scene: Scene, width: int) -> Iterator[Text]:
    for group_id, what in scene.setting.history.items():
        yield _line(f" {group_id}  real, history only, not watched: {what}", "dim")
    pipeline = scene.worker.pipeline
    yield _line(
        f"{pipeline.records:,} records in since start, {scene.events_per_s:,.0f}/s: "
        f"{_outcomes(pipeline)}"
    )
    if scene.setting.bad_lines:
        yield _line(
            f"import files: {_by_reason(scene.setting.bad_lines)} lines kept as dead letters"
        )
    yield _line(
        f"lag {pipeline.lag_records:,} records, {pipeline.lag_seconds:.1f} s; "
        f"{'caught up' if pipeline.caught_up else 'NOT CAUGHT UP'}; {_beats(scene)}",
        "" if pipeline.caught_up else "red",
    )
    if scene.trouble:
        yield _line(scene.trouble, "red")
    yield from _alerts(scene)
    if scene.verdict:
        yield _line(scene.verdict, "cyan")
    for line in _folded([f"{name} {place}" for name, place in scene.setting.places.items()], width):
        yield _line(line, "dim")


def _alerts(scene: Scene) -> Iterator[Text]:
    alerts = scene.watched
    if not alerts:
        yield _line("alerts: none pending, none firing", "green")
    for alert in alerts[:ALERTS_SHOWN]:
        style = "bold red" if alert.state == "firing" else "yellow"
        yield _line(f"{alert.state.upper():<8} {alert.name}{_group(alert)} {_kind(alert)}", style)
    if len(alerts) > ALERTS_SHOWN:
        yield _line(f"… and {len(alerts) - ALERTS_SHOWN} more alerts", "dim")
    told = [one for one in scene.received if one.alert != WATCHDOG]
    for delivery in told[-DELIVERIES_SHOWN:]:
        yield _line(f"received: {delivery}", "dim")


def _outcomes(pipeline: Pipeline) -> str:
    counts = ("counted", "duplicate", "replayed", "rejected")
    told = ", ".join(f"{pipeline.outcomes.get(name, 0):,} {name}" for name in counts)
    return f"{told} ({_by_reason(pipeline.reasons)})" if pipeline.reasons else told


def _by_reason(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {reason}" for reason, n in sorted(counts.items()))


def _beats(scene: Scene) -> str:
    beats = scene.worker.pipeline.beats
    told = [f"{source} beat {max(0.0, scene.wall_s - s):.0f} s ago" for source, s in beats.items()]
    return ", ".join(told) or "no source beats"


def _group(alert: ActiveAlert) -> str:
    group_id = alert.labels.get("group_id")
    return f" {group_id}" if group_id else ""


def _kind(alert: ActiveAlert) -> str:
    names = ("severity", "signal", "against", "cause", "source")
    return " ".join(alert.labels[name] for name in names if name in alert.labels)


def _rank(state: str) -> int:
    return _STATES.index(state) if state in _STATES else -1


def _folded(parts: Sequence[str], width: int) -> Iterator[str]:
    """The parts on as few lines as they need; none is broken."""
    line = ""
    for part in parts:
        joined = f"{line}   {part}" if line else part
        if line and len(joined) > width:
            yield line
            line = part
        else:
            line = joined
    if line:
        yield line


def _line(text: str, style: str = "") -> Text:
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")
