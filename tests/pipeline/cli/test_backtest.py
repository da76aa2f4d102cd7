"""`pulse alerts backtest`: what it prints of a report, its exit codes, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.main import main
from pipeline.cli.output import out
from tests.reference.stored import migrated_store

HOUR = 3_600_000
BEGAN = 1_764_000_000_000
ALERT: dict[str, Any] = {
    "metric": "H13",
    "measure": "operations_chain:activate",
    "drop": "slow.4w_mean",
    "severity": "warning",
    "group_id": "readers-7",
    "began_ms": BEGAN,
    "fired_ms": BEGAN + HOUR,
    "ended_ms": BEGAN + 6 * HOUR,
    "numerator": 30.0,
    "denominator": 120.0,
    "baseline": 0.5,
    "causes": [
        {"by": "channel", "part": "qr", "points": -0.2, "share": 0.8, "effect": "rate"},
        {"by": "tenure", "part": "old", "points": -0.05, "share": 0.2, "effect": "rate"},
    ],
}
COUNTED = ALERT | {
    "metric": "G09",
    "measure": "overdue_session_count",
    "numerator": 14.0,
    "denominator": 1.0,
    "baseline": 4.25,
    "causes": [],
}
REPORT: dict[str, Any] = {
    "alerts": [ALERT, COUNTED],
    "samples": [
        {"metric": "H13", "drop": "slow.4w_mean", "evaluations": 100, "compared": 90, "enough": 80},
        {
            "metric": "G09",
            "drop": "slow.4w_mean",
            "evaluations": 100,
            "compared": 100,
            "enough": 100,
        },
    ],
    "without_source": ["B17"],
    "groups": 2,
    "absent": ["left-long-ago"],
    "days": 30.0,
}


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(out, "_width", 200)
    monkeypatch.setenv("PULSE_STORE", f"chdb:{tmp_path / 'store'}")
    monkeypatch.setenv("PULSE_STATE_DIR", str(tmp_path / "state"))


def told(
    monkeypatch: pytest.MonkeyPatch, report: Mapping[str, Any], *words: str
) -> tuple[int, dict[str, Any]]:
    """The exit code of a back-test that reports so, and what was asked of it."""
    asked: dict[str, Any] = {}

    def perform(_: str, arguments: Mapping[str, Any], *__: Any) -> Mapping[str, Any]:
        asked.update(arguments)
        return report

    monkeypatch.setattr("pipeline.cli.alerts.perform", perform)
    with pytest.raises(SystemExit) as end:
        main(["alerts", "backtest", "--since", "30d", *words])
    return int(end.value.code or 0), asked


def test_an_alert_is_told_with_its_part_its_numbers_and_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, asked = told(monkeypatch, REPORT, "--metric", "H13", "--metric", "G09")
    printed = capsys.readouterr()
    assert (code, asked["metrics"]) == (0, ["H13", "G09"])
    for text in ("operations chain activate", "25.0%", "50.0%", "120", "channel qr -20.0 points"):
        assert text in printed.out
    assert "older members -5.0 points (20%)" in printed.out
    assert "5.0 h" in printed.out
    assert "4.2" in printed.out
    assert "Without members in this time, so not judged: left-long-ago." in printed.err
    assert "Not replayed, as the store has none of their events: B17." in printed.err


@pytest.mark.parametrize(
    ("counts", "code", "says"),
    [
        ((100, 50), 0, ""),
        ((100, 49), 1, "were of groups large enough to tell a change from chance: C06 slow.4w."),
        ((49, 49), 1, "Under half had a baseline, as history is too short or had holidays: C06"),
    ],
)
def test_strict_fails_where_under_half_could_tell_and_it_is_told_why(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    counts: tuple[int, int],
    code: int,
    says: str,
) -> None:
    rule = {"metric": "C06", "drop": "slow.4w", "evaluations": 100}
    weak = rule | dict(zip(("compared", "enough"), counts, strict=True))
    report = REPORT | {"samples": [weak]}
    assert told(monkeypatch, report, "--strict")[0] == code
    printed = " ".join(capsys.readouterr().err.split())
    assert says in printed
    assert ("Under half" in printed) == bool(code)


def test_without_an_alert_there_is_no_empty_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told(monkeypatch, REPORT | {"alerts": []})
    printed = capsys.readouterr().out
    assert "0 alerts of 2 groups in 30 days" in printed
    assert "why" not in printed


def test_what_was_never_evaluated_is_told_as_that(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    none = {"metric": "C06", "drop": "slow.4w", "evaluations": 0, "compared": 0, "enough": 0}
    assert told(monkeypatch, REPORT | {"samples": [none]}, "--strict")[0] == 1
    assert "Never evaluated, as no group had any: C06 slow.4w." in capsys.readouterr().err


def test_json_is_the_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told(monkeypatch, REPORT, "--json")
    assert json.loads(capsys.readouterr().out) == REPORT


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--since", "2026-01-02", "--until", "2026-01-01"), "--until is not after --since"),
        (("--since", "1d", "--until", "2999-01-01"), "has not passed yet"),
        (("--since", "soon"), "soon is no moment"),
        (("--since", "1d", "--metric", "C99"), "There is no milestone C99"),
        (("--since", "1d"), "the store has no facts"),
    ],
)
def test_what_cannot_be_replayed_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], error: str
) -> None:
    with migrated_store(tmp_path / "store"):
        pass
    with pytest.raises(SystemExit) as end:
        main(["alerts", "backtest", *words])
    printed = capsys.readouterr().err
    assert end.value.code == 2
    assert error in printed
    assert "Traceback" not in printed
