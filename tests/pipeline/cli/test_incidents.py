"""`pulse incidents` as the one on call uses it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.catalog.cause_words import Note
from pipeline.cli.incidents_text import cause
from pipeline.cli.main import main
from pipeline.cli.output import out
from pipeline.clock import wall_ms
from pipeline.operations.incident import Affected, Incident, row_of
from pipeline.rollup.causes import Cause
from sinks.embedded import EmbeddedStore
from tests.reference.community import DAY, HOUR
from tests.reference.stored import migrated_store

BEGAN = wall_ms() - 3 * DAY
LONG_AGO = BEGAN - 60 * DAY
INCIDENT = Incident(
    incident_id="3f9c21aa00bb",
    alert="CommunityDailyActiveRateDrop",
    metric="C06",
    metric_name="daily_active_rate",
    group_id="readers-7",
    signal="slow",
    against="4w",
    severity="critical",
    started_ms=BEGAN,
    resolved_ms=BEGAN + 2 * HOUR,
    numerator=120.0,
    denominator=1_000.0,
    value=0.12,
    baseline=0.17,
    change=-0.05 / 0.17,
    change_kind="relative",
    moment_ms=BEGAN,
    causes=(
        Cause("channel", "[red]wechat[/]", -0.031, 0.62, "rate"),
        Cause("tenure", "new", -0.01, 0.2, "mix"),
    ),
    affected=(Affected("readers-8", -0.021),),
    runbook_url="deploy/runbook.md#CommunityDailyActiveRateDrop",
)
OTHER = Incident(
    incident_id="77aa00bb3f9c",
    alert="CommunityLeaveRateRise",
    metric="A09",
    metric_name="leave_rate",
    group_id="g\x1b[31m'; --",
    signal="slow",
    against="7d",
    severity="warning",
    started_ms=BEGAN + HOUR,
    note="there is nothing to compare",
)

OLDER = tuple(
    replace(OTHER, incident_id=id_, note=note, started_ms=LONG_AGO, resolved_ms=LONG_AGO + HOUR)
    for id_, note in (
        ("9999", Note.ALIKE),
        ("8888", "no part stands out: all changed alike"),
    )
)
"""Long before those that tests list; of a note that is a code, and as it was stored once."""


@pytest.fixture(autouse=True)
def _store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with migrated_store(tmp_path / "store") as store:
        for incident in (INCIDENT, OTHER, *OLDER):
            store.insert("milestone_incident", row_of(incident, 1))
    monkeypatch.setenv("PULSE_STORE", f"chdb:{tmp_path / 'store'}")
    monkeypatch.setenv("PULSE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "160")
    yield


def run(*words: str) -> int:
    """Its exit code."""
    with pytest.raises(SystemExit) as left:
        main(["incidents", *words])
    return int(left.value.code or 0)


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(*words) == 0
    return capsys.readouterr().out


def answered(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    return json.loads(told(capsys, *words, "--json"))


def test_they_are_listed_the_newest_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert [one["incident_id"] for one in answered(capsys, "list")] == [
        "77aa00bb3f9c",
        "3f9c21aa00bb",
    ]
    text = told(capsys, "list")
    assert "2 incidents" in text
    assert "3f9c21aa00bb" in text


def test_what_is_asked_for_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    def ids(*words: str) -> list[str]:
        return [one["incident_id"][:4] for one in answered(capsys, "list", *words)]

    assert ids("--metric", "c06") == ids("--metric", "daily_active_rate") == ["3f9c"]
    assert ids("--status", "firing") == ["77aa"]
    assert ids("--group", "readers-7") == ["3f9c"]
    assert ids("--group", "nobody") == []
    assert ids("--since", "1d") == ["77aa"], "the other was over by then"
    assert ids("--limit", "1") == ["77aa"]
    assert "No incidents." in told(capsys, "list", "--group", "nobody")


def test_one_is_shown_by_the_beginning_of_its_id(capsys: pytest.CaptureFixture[str]) -> None:
    text = told(capsys, "show", "3f9c")
    assert "12.0% (120 of 1,000), was 17.0% (4w): -29%" in text
    assert "channel [red]wechat[/] -3.1 of -5.0 points (62%)" in text
    assert "tenure new -1.0 of -5.0 points (20%, by its weight)" in text
    assert "readers-8 -2.1 points" in text
    assert "for 2.0 h" in text
    assert "1. Hold a short activity today" in text
    assert "query: pulse metrics explain daily_active_rate --group readers-7 --day" in text
    assert "board: http://127.0.0.1:3000/d/community-group?var-group=readers-7&from=" in text


def test_actions_are_told_in_chinese_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert "今天办一场小活动" in told(capsys, "show", "3f9c", "--lang", "zh")


def test_causes_and_notes_are_told_in_chinese_too(capsys: pytest.CaptureFixture[str]) -> None:
    text = told(capsys, "show", "3f9c", "--lang", "zh")
    assert "渠道 [red]wechat[/] -3.1 个百分点（总变化 -5.0），占 62%" in text
    assert "新成员 -1.0 个百分点（总变化 -5.0），占 20%，因占比变化" in text
    assert "没有突出的部分" in told(capsys, "show", "9999", "--lang", "zh")
    assert "no part stands out: all changed alike" in told(capsys, "show", "9999")
    assert "没有突出的部分" in told(capsys, "show", "8888", "--lang", "zh"), "as it was stored once"


def test_what_is_not_known_is_said_and_nothing_reaches_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(out, "_width", 200)  # so that no cell is broken into lines
    for text in (told(capsys, "show", "77aa"), told(capsys, "list")):
        assert "not known" in text
        assert "there is nothing to compare" in " ".join(text.split())
        assert "\x1b[31m" not in text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("show", "3f9d21aa00bb"), "3f9c21aa00bb"),
        (("show", "zzz"), "pulse incidents list"),
        (("review", "3f9c"), "--cause"),
        (("review", "zzz", "--close"), "There is no incident"),
        (("review", "3f9c", "--due", "soon"), "no moment"),
        (("list", "--metric", "daily_activ"), "daily_active_rate"),
        (("list", "--group", "reader-7"), "Did you mean readers-7"),
        (("list", "--since", "yesterday"), "no moment"),
        (("list", "--since", "1d", "--until", "2d"), "not after"),
        (("list", "--status", "open"), "firing"),
    ],
)
def test_a_call_that_is_wrong(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], says: str
) -> None:
    assert run(*words) == 2
    assert says in capsys.readouterr().err


def test_a_review_is_written_bit_by_bit(capsys: pytest.CaptureFixture[str]) -> None:
    assert answered(capsys, "show", "3f9c")["review"] is None
    told(capsys, "review", "3f9c", "--cause", "[b]Gift hunters[/b] left")
    text = told(capsys, "review", "3f9c", "--action", "Change the poster", "--due", "2026-12-01")
    assert "[b]Gift hunters[/b] left" in text
    assert "Change the poster, due 2026-12-01 00:00:00" in text
    review = answered(capsys, "show", "3f9c")["review"]
    assert (review["cause"], review["closed_ms"]) == ("[b]Gift hunters[/b] left", 0)
    assert answered(capsys, "review", "3f9c", "--close")["review"]["closed_ms"] > BEGAN
    assert "closed" in told(capsys, "show", "3f9c")


def test_a_review_is_one_as_loaded_ones_are(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    told(capsys, "review", "3f9c", "--cause", "Few came")
    with closing(EmbeddedStore(tmp_path / "store")) as store:
        (row,) = store.query("SELECT * FROM v_kpi_review").iter_rows(named=True)
    assert (row["metric"], row["grain"], row["scope_id"]) == (
        *("daily_active_rate", "G"),
        "readers-7",
    )
    assert float(row["gap"]) == -0.05
    assert (row["window"], row["opened_ms"]) == ("W", BEGAN)
    assert row["start_ms"] <= BEGAN < row["end_ms"]


def test_a_name_stands_beside_its_id() -> None:
    one = {"by": "channel", "part": "wx", "name": "WeChat", "points": 0.0, "share": 0.0}
    assert cause(one | {"effect": "rate"}) == "channel WeChat (wx) +0.0 points (0%)"


def test_metrics_show_tells_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["metrics", "show", "C06"])
    text = capsys.readouterr().out
    assert "Hold a short activity today" in text
    assert "今天办一场小活动" in text
    with pytest.raises(SystemExit):
        main(["metrics", "show", "C06", "--json"])
    assert len(json.loads(capsys.readouterr().out)[0]["actions"]["zh"]) == 5
