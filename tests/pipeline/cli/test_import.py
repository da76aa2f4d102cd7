"""`pulse import` from end to end but for the broker: `--dry-run` counts and sends nothing."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipeline.cli.import_ import app
from pipeline.errors import BrokerError, SettingsError, UsageError
from tests.pipeline.sources.slack_workspace import FILES, GENERAL, folder

CLI = CliRunner()


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PULSE_PSEUDONYM_KEY", "a key that only tests know")
    monkeypatch.setenv("PULSE_CURRENCY", "GBP")
    monkeypatch.setenv("PULSE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("PULSE_KAFKA__BOOTSTRAP", "127.0.0.1:1")


def run(*words: str | Path, stdin: str | None = None, dry_run: bool = True) -> Result:
    arguments = [str(word) for word in words] + (["--dry-run"] if dry_run else [])
    return CLI.invoke(app, arguments, input=stdin)


def test_irc_imports_the_packaged_logs() -> None:
    result = run("irc", "--json")
    summary = json.loads(result.stdout)
    assert (result.exit_code, summary["read"], summary["rejected"]) == (0, 9_223, {"bad_line": 127})


def test_rejected_lines_are_shown_and_then_counted() -> None:
    result = run("irc")
    shown = [line for line in result.stderr.splitlines() if "bad_line" in line]
    assert shown[0] == "2012-03-15.log:7 bad_line no form of the log bot's lines"
    assert len(shown) == 20
    assert "and 107 more rejected lines after the first 20" in result.stderr
    assert "rejected: 127 bad_line" in result.stdout


def test_orders_say_that_the_mapping_is_made_up(tmp_path: Path) -> None:
    file = tmp_path / "retail.csv"
    file.write_text(
        "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n"
        "1,A,6,2010-12-01 08:26:00,2.55,17850\n"
    )
    result = run("orders", file)
    assert "MADE UP: 1 of 1 customer declared members of #duraspace" in result.stdout


def test_orders_may_go_without_a_mapping(tmp_path: Path) -> None:
    file = tmp_path / "retail.csv"
    file.write_text(
        "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n"
        "1,A,6,2010-12-01 08:26:00,2.55,17850\n"
    )
    result = run("orders", file, "--no-mapping", "--json")
    assert json.loads(result.stdout)["note"] == ""


def test_orders_in_another_currency_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_CURRENCY", "CNY")
    assert isinstance(run("orders").exception, UsageError)


def test_slack_tells_how_rosters_compare(tmp_path: Path) -> None:
    told = json.loads(run("slack", folder(tmp_path / "x"), "--json").stdout)
    assert told["sent"] == {"chat": 5, "join": 5, "leave": 3, "reaction": 3}
    assert told["rosters"] == {"channels": 2, "agree": 2}


def test_slack_fails_where_rosters_differ_and_are_to_be_checked(tmp_path: Path) -> None:
    files = {**FILES, "general/2015-06-05.json": GENERAL[1:]}
    path = folder(tmp_path / "x", files)
    assert run("slack", path).exit_code == 0
    told = run("slack", path, "--check-rosters")
    assert told.exit_code == 1
    assert "1 of 2 channels as joins and leaves say" in told.stdout
    assert "general" in told.stdout
    (one,) = json.loads(run("slack", path, "--check-rosters", "--json").stdout)["rosters"][
        "differences"
    ]
    assert (one["listed"], one["replayed"], one["unlisted"]) == (2, 1, [])
    assert len(one["unseen"]) == 1
    assert "UANN" not in one["unseen"]


def test_roster_reads_standard_input() -> None:
    result = run("roster", "-", "--json", stdin="group_id,user_id\ng,ann\ng,bob\n")
    assert json.loads(result.stdout)["sent"] == {"join": 2}


def test_jsonl_reads_standard_input_and_names_its_lines() -> None:
    result = run("jsonl", "-", stdin="{\n")
    assert result.stderr.strip().startswith("stdin:1 not_json ")
    assert result.exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("irc", "/nowhere"),
        ("irc", "--zone", "Mars/Base"),
        ("irc", "--group", ""),
        ("irc", "--group", "g" * 129),
        ("orders", "/nowhere"),
        ("roster", "/nowhere"),
        ("roster", "-", "--at", "yesterday"),
        ("jsonl", "/nowhere"),
        ("slack", "/nowhere"),
    ],
)
def test_a_wrong_call_is_a_usage_error(words: tuple[str, ...]) -> None:
    result = run(*words)
    assert isinstance(result.exception, UsageError)
    assert result.exception.exit_code == 2


def test_without_a_key_nothing_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_PSEUDONYM_KEY", "")
    assert isinstance(run("irc").exception, SettingsError)


def test_a_dry_run_fixes_no_shift(tmp_path: Path) -> None:
    result = run("irc", "--shift", "--json")
    assert json.loads(result.stdout)["shift_weeks"] > 600
    assert not (tmp_path / "state").exists()


def test_without_a_broker_it_fails() -> None:
    result = run("jsonl", "-", stdin="", dry_run=False)
    assert isinstance(result.exception, BrokerError)
    assert result.exception.exit_code == 2
