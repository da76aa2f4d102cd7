from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest
from rich.console import Console

from deploy.local.delivery import Delivery, State
from deploy.local.screen import Scene, Setting, render, status_line
from deploy.local.screen_groups import COLUMNS
from deploy.local.watch import ActiveAlert, Pipeline, Worker
from pipeline.alerting.health import WATCHDOG
from pipeline.catalog.catalogue import MILESTONES
from pipeline.sources.simulator.scenario import Drop
from sinks.prometheus_snapshot import Baseline, GroupSignals

HOUR_MS = 3_600_000
TEN = 1_795_399_200_000  # Mon 2026-11-23 10:00 in Shanghai
SIZES = {f"sim-{number:02d}": 40 * number for number in range(1, 25)}
SETTING = Setting(
    "Asia/Shanghai",
    Drop(TEN, 6, (23,), 0.85),
    ("sim-24",),
    history={"#duraspace": "6,104 chat"},
    bad_lines={"bad_line": 127},
    places={"Prometheus": "http://127.0.0.1:20001", "logs": ".local/demo/*/*.log"},
)


def active(group: str, rate: float, usual: float | None = 0.05) -> GroupSignals:
    members = SIZES[group]
    baselines = {} if usual is None else {"4w": Baseline(usual, 4)}
    return GroupSignals(group, "daily_active", "fast", round(rate * members), members, baselines)


def worker(signals: Iterable[GroupSignals]) -> Worker:
    pipeline = Pipeline(
        {"counted": 1_000, "duplicate": 20, "rejected": 3},
        {"not_json": 2, "future_time": 1},
        lag_records=12,
        lag_seconds=0.25,
        caught_up=True,
        beats={"simulator(made-up)": 995.0},
    )
    return Worker(pipeline, tuple(signals), SIZES)


def scene(signals: Iterable[GroupSignals] | None = None) -> Scene:
    shown = [active(group, 0.05) for group in SIZES] if signals is None else signals
    return Scene(
        SETTING, now_ms=TEN, rate=288.0, wall_s=1_000.0, worker=worker(shown), events_per_s=57.4
    )


def alert(state: str, group: str = "sim-24", name: str = "Drop") -> ActiveAlert:
    labels: Mapping[str, str] = {"alertname": name, "group_id": group, "severity": "warning"}
    return ActiveAlert(state, labels, "2026-01-01T00:00:00Z")


def lines(shown: Scene, width: int = 140, height: int = 50) -> list[str]:
    console = Console(width=width, height=height, record=True, quiet=True)
    console.quiet = False
    with console.capture() as captured:
        console.print(render(shown, width=width, height=height))
    return captured.get().splitlines()


def groups(told: Iterable[str]) -> list[str]:
    """The groups in the table, from the top; marks are left out."""
    names = (line.lstrip(" ▼▽").split(" ")[0] for line in told)
    return [name for name in names if name in SIZES]


@pytest.mark.parametrize(("width", "height"), [(80, 24), (100, 30), (140, 50), (300, 100)])
def test_it_fits_the_terminal(width: int, height: int) -> None:
    busy = replace(
        scene(),
        alerts=[alert("firing", f"sim-{number:02d}") for number in range(1, 12)],
        verdict="waiting for " + "x" * 300,
    )
    told = lines(busy, width, height)
    assert len(told) < height
    assert max(map(len, told)) <= width


def test_as_many_groups_as_fit_are_shown_the_largest_first() -> None:
    assert groups(lines(scene())) == sorted(SIZES, reverse=True)
    low = lines(scene(), height=24)
    assert groups(low) == sorted(SIZES, reverse=True)[: len(groups(low))]
    assert f"… and {24 - len(groups(low))} more" in low


def test_groups_with_an_alert_come_first_then_those_that_have_dropped() -> None:
    dropped = [active(group, 0.01 if group == "sim-23" else 0.05) for group in SIZES]
    shown = replace(scene(dropped), alerts=[alert("pending", "sim-05"), alert("firing", "sim-03")])
    assert groups(lines(shown))[:4] == ["sim-03", "sim-05", "sim-23", "sim-24"]


def test_a_group_shows_its_worst_alert() -> None:
    shown = replace(scene(), alerts=[alert("firing"), alert("pending")])
    assert shown.rows[0].group_id == "sim-24"
    assert shown.rows[0].state == "firing"


@pytest.mark.parametrize(
    ("signals", "told", "style"),
    [
        (active("sim-24", 0.05), "  960  5.0%  5.0%   +0%", ""),
        (active("sim-24", 0.01), "  960  1.0%  5.0%  -79%", "bold red"),
        (active("sim-24", 0.10), "  960 10.0%  5.0% +100%", ""),
        (active("sim-01", 0.0), "   40  0.0%  5.0% -100%", "yellow"),
        (active("sim-24", 0.05, usual=None), "  960  5.0%     -     -", "dim"),
        (active("sim-24", 0.05, usual=0.0), "  960  5.0%  0.0%     -", "dim"),
        (GroupSignals("sim-24", "daily_active", "fast", 0, 0), "    0     -     -     -", "dim"),
    ],
)
def test_a_cell_is_n_rate_usual_and_change(signals: GroupSignals, told: str, style: str) -> None:
    (row,) = scene([signals]).rows
    cell = row.cells["daily_active fast.4w"].text
    assert (cell.plain, cell.style) == (told, style)


def test_a_fall_of_the_in_group_rate_is_told_in_points() -> None:
    baselines = {"24h": Baseline(0.9, 1), "7d": Baseline(0.85, 1)}
    (row,) = scene([GroupSignals("sim-24", "in_group", "slow", 800, 1_000, baselines)]).rows
    day, week = row.cells["in_group slow.24h"].text, row.cells["in_group slow.7d"].text
    assert (day.plain, day.style) == (" 1000 80.0% 90.0% -10.0", "bold red")
    assert (week.plain, week.style) == (" 1000 80.0% 85.0%  -5.0", "")


def test_every_drop_rule_has_a_column_and_each_milestone_one_on_80_characters() -> None:
    assert {(column.metric.id, column.drop.key) for column in COLUMNS} == {
        (metric.id, drop.key) for metric in MILESTONES for drop in metric.drops
    }
    assert {column.metric for column in COLUMNS[:3]} == set(MILESTONES)
    heading = next(line for line in lines(scene(), width=80) if "daily active" in line)
    assert "conversion" in heading
    assert "in group" in heading


@pytest.mark.parametrize(
    ("now_ms", "told"),
    [
        (TEN - 1, "comes at Mon 2026-11-23 10:00"),
        (TEN, "is on until Mon 2026-11-23 16:00"),
        (TEN + 6 * HOUR_MS, "ended at Mon 2026-11-23 16:00"),
    ],
)
def test_the_incident_is_told_and_made_up(now_ms: int, told: str) -> None:
    (line,) = [line for line in lines(replace(scene(), now_ms=now_ms)) if "silence" in line]
    assert "MADE UP" in line
    assert told in line


@pytest.mark.parametrize(
    "told",
    [
        "event clock Mon 2026-11-23 10:00 Asia/Shanghai, x288",
        "1,023 records in since start, 57/s: 1,000 counted, 20 duplicate, 0 replayed, 3 rejected"
        " (1 future_time, 2 not_json)",
        "import files: 127 bad_line lines kept as dead letters",
        "lag 12 records, 0.2 s; caught up; simulator(made-up) beat 5 s ago",
        "#duraspace  real, history only, not watched: 6,104 chat",
        "alerts: none pending, none firing",
        "Prometheus http://127.0.0.1:20001   logs .local/demo/*/*.log",
    ],
)
def test_it_says(told: str) -> None:
    assert any(told in line for line in lines(scene()))


def test_the_watchdog_is_neither_an_alert_nor_news() -> None:
    always = Delivery(TEN, State.FIRING, {"alertname": WATCHDOG}, "", "f", "T")
    shown = replace(scene(), alerts=[alert("firing", name=WATCHDOG)], received=[always])
    assert not any(WATCHDOG in line for line in lines(shown))


def test_the_last_deliveries_and_the_worst_alerts_are_shown() -> None:
    received = [
        Delivery(TEN, State.FIRING, {"alertname": f"Alert{number}"}, "", str(number), "T")
        for number in range(5)
    ]
    alerts = [alert("pending", name=f"P{number}") for number in range(5)]
    told = lines(replace(scene(), received=received, alerts=[*alerts, alert("firing")]))
    assert [line.split()[2] for line in told if line.startswith("received")] == [
        "Alert2",
        "Alert3",
        "Alert4",
    ]
    assert [line.split()[:2] for line in told if line.startswith(("FIRING", "PENDING"))] == [
        ["FIRING", "Drop"],
        ["PENDING", "P0"],
        ["PENDING", "P1"],
        ["PENDING", "P2"],
    ]
    assert "… and 2 more alerts" in told


def test_one_line_says_the_same_for_a_log() -> None:
    shown = replace(
        scene([active("sim-24", 0.01)]),
        alerts=[alert("pending")],
        verdict="waiting",
        trouble="no answer",
    )
    assert status_line(shown) == (
        "Mon 2026-11-23 10:00 x288 | 1,023 records, 57/s, 1,000 counted, 20 duplicate, 0 replayed,"
        " 3 rejected (1 future_time, 2 not_json) | lag 12 | dropped: sim-24 | Drop pending sim-24"
        " | waiting | no answer"
    )
