"""What users get wrong, command by command: one clear line, what to do, exit code 2."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agents.faults import FaultPoint
from deploy.local.ports import free_ports
from deploy.local.servers import ClickHouse
from pipeline.cli.main import main
from tests.reference.stored import make_migrated

KEY = "a-key-of-the-tests"
HEEDING_CTRL_C = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from pipeline.cli.__main__ import main
print("begun", flush=True)
main()
"""


@pytest.fixture(autouse=True)
def _installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens anywhere; the store is a folder of its own."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("PULSE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PULSE_KAFKA__BOOTSTRAP", f"127.0.0.1:{free_ports(1)[0]}")
    monkeypatch.setenv("PULSE_PSEUDONYM_KEY", KEY)
    monkeypatch.setenv("PULSE_CURRENCY", "GBP")
    monkeypatch.setenv("PULSE_STORE", f"chdb:{tmp_path / 'store'}")
    monkeypatch.setenv("PULSE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("PULSE_METRICS_PORT", "0")
    monkeypatch.setenv("PULSE_ENDPOINT__PORT", "0")
    monkeypatch.setattr("sinks.broker.BOOTSTRAP_SECONDS", 1)
    (tmp_path / "empty").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "latin1").write_bytes("SELECT 'ü'".encode("latin-1"))
    (tmp_path / "not.csv.gz").write_text("this is no gzip")
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(b"group_id,user_id\n" * 1000)[:20])
    (tmp_path / "names.csv").write_text("group,person\na,b\n")
    (tmp_path / "dim_tag.csv").write_text("tag_id\na\n")
    (tmp_path / "retail.csv").write_text(
        "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n"
        "1,A,6,2010-12-01 08:26:00,2.55,17850\n"
    )


def refused(capsys: pytest.CaptureFixture[str], *words: str, code: int = 2) -> str:
    """Call it; check the exit code and that it was told in a few lines without a traceback."""
    with pytest.raises(SystemExit) as end:
        main(list(words))
    told = capsys.readouterr()
    assert end.value.code == code, told
    assert "Traceback" not in told.err
    assert len(told.err.strip().splitlines()) <= 6, told.err
    return told.err


def test_a_kill_point_that_does_not_exist(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PULSE_FAULT_AT", "sometimes")
    told = refused(capsys, "worker")
    assert "There is no kill point 'sometimes'" in told
    assert all(point in told for point in FaultPoint)


@pytest.mark.parametrize(
    "words",
    [
        ("topics", "create"),
        ("topics", "list"),
        ("topics", "check"),
        ("replay", "--reset-to", "earliest", "--yes"),
        ("import", "irc"),
        ("import", "orders", "retail.csv"),
        ("import", "roster", "names.csv"),
        ("import", "jsonl", "empty"),
        ("simulate",),
        ("up",),
    ],
)
def test_no_broker(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    told = refused(capsys, *words)
    assert "PULSE_KAFKA__BOOTSTRAP=127.0.0.1:" in told
    assert "Is the broker up, and this its address?" in told


@pytest.mark.parametrize(
    "words",
    [
        ("migrate", "up"),
        ("migrate", "status"),
        ("rollup",),
        ("rollup", "--once"),
        ("worker",),
        ("sql", "SELECT 1"),
        ("dims", "list"),
        ("dims", "check"),
        ("dims", "load", "dim_tag.csv"),
        ("retention", "plan"),
        ("retention", "apply", "--yes"),
    ],
)
def test_no_server(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"clickhouse://ana:hunter2@127.0.0.1:{free_ports(1)[0]}/community"
    monkeypatch.setenv("PULSE_STORE", url)
    told = refused(capsys, *words)
    assert "Is it up, and PULSE_STORE its address?" in told
    assert "hunter2" not in told


@pytest.mark.server
def test_wrong_password_and_no_such_database(
    clickhouse_server: ClickHouse,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = clickhouse_server.address
    monkeypatch.setenv("PULSE_STORE", f"clickhouse://default:hunter2@{address}/default")
    told = refused(capsys, "sql", "SELECT 1")
    assert "Check the user and the password in PULSE_STORE." in told
    assert "hunter2" not in told
    monkeypatch.setenv("PULSE_STORE", f"clickhouse://default:@{address}/none")
    assert "pulse migrate up" in refused(capsys, "retention", "plan")
    monkeypatch.setenv("PULSE_STORE", f"clickhouse://default:@{address}/default")
    for sql in ("CREATE TABLE t (a UInt8) ENGINE = Memory", "INSERT INTO t VALUES (1)"):
        assert "readonly" in refused(capsys, "sql", sql)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("sql",), "Give one question"),
        (("sql", "SELECT 1", "--file", "empty"), "Give one question"),
        (("sql", "--file", "empty"), "The file is empty"),
        (("sql", "--file", "none.sql"), "cannot be opened: No such file"),
        (("sql", "--file", "folder"), "Is a directory"),
        (("sql", "--file", "latin1"), "Save it as UTF-8."),
        (("sql", "--file", "not.csv.gz"), "cannot be unpacked"),
        (("sql", "SELECT 1 FORMAT JSON"), "use --format"),
        (("sql", "SELECT 1 FORMAT CSV -- so"), "use --format"),
        (("sql", "SELECT 1", "-o", "answer.txt"), "end in .csv, .json, .parquet, .xlsx"),
        (("sql", "SELECT unhex('ff') AS x"), "hex()"),
        (("sql", "SELECT 1", "--format", "xml"), "xml"),
        (("sql", "SELECT 1", "--out", "folder", "-f", "csv"), "Is a directory"),
        (("sql", "SELECT 1", "--out", "none/answer", "-f", "csv"), "No such file"),
        (("sql", "SELEC 1"), "Syntax error"),
        (("sql", "SELECT * FROM nothing"), "SHOW TABLES"),
        (("sql", "SELECT nothing FROM v_now"), "nothing"),
        (("sql", "INSERT INTO meta VALUES ('a', 'b', 1)"), "readonly"),
        (("sql", "SELECT 1; SELECT 2"), "Multi-statements"),
    ],
)
def test_sql(
    words: tuple[str, ...], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_migrated(tmp_path / "store")
    assert told in refused(capsys, *words)


@pytest.mark.parametrize(
    "words",
    [
        ("sql", "SELECT 1"),
        ("dlq", "list"),
        ("dims", "load", "dim_tag.csv"),
        ("retention", "plan"),
        ("audit",),
        ("rollup", "--once"),
        ("incidents", "list"),
        ("alerts", "backtest", "--since", "7d"),
    ],
)
def test_no_store(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = refused(capsys, *words)
    assert f"There is no store yet (PULSE_STORE=chdb:{tmp_path / 'store'}). Is that its" in told
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("words", [("migrate", "up"), ("worker",), ("sql", "SELECT 1")])
@pytest.mark.parametrize(
    ("store", "told"), [("empty", "File exists"), ("empty/store", "Not a directory")]
)
def test_a_store_where_no_folder_can_be(
    words: tuple[str, ...],
    store: str,
    told: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PULSE_STORE", f"chdb:{store}")
    said = refused(capsys, *words)
    assert f"cannot be used: {told} (PULSE_STORE=chdb:{store}). Name a folder" in said


def test_a_store_that_this_user_may_not_write_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_migrated(tmp_path / "store")
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root may do all
    told = refused(capsys, "sql", "SELECT 1", "--json")
    assert "cannot be used: Permission denied (PULSE_STORE=chdb:" in told


def test_sql_that_only_mentions_a_format_is_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_migrated(tmp_path / "store")
    with pytest.raises(SystemExit) as end:
        main(["sql", "SELECT 1 AS one -- not in format csv", "-o", "one.csv"])
    assert end.value.code == 0
    assert (tmp_path / "one.csv").read_text() == "one\n1\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("import", "roster", "none.csv"), "cannot be opened: No such file"),
        (("import", "roster", "folder"), "Is a directory"),
        (("import", "roster", "not.csv.gz"), "cannot be unpacked"),
        (("import", "roster", "cut.csv.gz"), "cannot be unpacked"),
        (("import", "roster", "names.csv", "--at", "yesterday"), "yesterday is no moment"),
        (("import", "jsonl", "none.jsonl"), "cannot be opened: No such file"),
        (("import", "irc", "none"), "none"),
        (("import", "slack", "folder"), "lacks channels.json"),
        (("import", "slack", "empty"), "Give the zip that Slack made"),
        (("import", "irc", "--zone", "Nowhere"), "no time zone"),
        (("import", "irc", "--group", ""), "1 to 128 bytes"),
        (("import", "orders", "folder"), "Is a directory"),
        (("schema", "validate", "none"), "cannot be opened: No such file"),
        (("schema", "validate", "folder"), "Is a directory"),
        (("schema", "export", "--out", "empty"), "Cannot write there"),
        (("rollup", "--until", "2026-01-01"), "--since"),
        (("rollup", "--since", "2026-01-02", "--until", "2026-01-02"), "is not after --since"),
        (("rollup", "--day", "2999-01-01"), "has not begun"),
        (("audit", "--since", "2999-01-01"), "--until now is not after --since 2999-01-01"),
        (("audit", "--since", "2999-01-01", "--until", "2999-01-02"), "--until now is not after"),
        (("rollup", "--since", "2999-01-01"), "--until now is not after"),
        (("rollup", "--since", "2026-01-02", "--day", "2026-01-02"), "Choose one of them"),
        (("worker", "--log-level", "loud"), "--log-level"),
        (("up", "-l", "loud"), "--log-level"),
        (("bridge", "-l", "loud"), "--log-level"),
        (("replay",), "--reset-to"),
        (("replay", "--reset-to", "latest"), "latest is no moment"),
        (("simulate", "--groups", "0"), "--groups"),
        (("simulate", "--weeks", "999999"), "--weeks"),
        (("migrate", "down"), "No such command"),
        (("migrate", "up", "--nope"), "No such option"),
    ],
)
def test_files_and_options(
    words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    dry = ("--dry-run",) if words[0] == "import" else ()
    assert told in refused(capsys, *words, *dry)


@pytest.mark.parametrize("kind", ["roster", "orders"])
def test_a_file_with_a_wrong_header(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = refused(capsys, "import", kind, "names.csv", "--dry-run")
    assert "its columns are group, person (names.csv:1)" in told
    told = refused(capsys, "import", kind, "empty", "--dry-run")
    assert "There is no header (empty). The first line has to name" in told


def test_settings_that_are_wrong_are_told_by_every_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULSE_ZONE", "Nowhere")
    for words in (("sql", "SELECT 1"), ("retention", "plan"), ("topics", "list")):
        assert "PULSE_ZONE" in refused(capsys, *words)
    with pytest.raises(SystemExit) as failed:  # the doctor goes on with what is sound
        main(["doctor"])
    assert failed.value.code == 1
    assert "wrong: PULSE_ZONE" in capsys.readouterr().out
    with pytest.raises(SystemExit) as end:
        main(["config", "check"])
    assert end.value.code == 2
    assert "PULSE_ZONE" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [("import", "orders", "--dry-run"), ("simulate", "--dry-run"), ("topics", "list")]
)
def test_ctrl_c_prints_no_traceback(words: tuple[str, ...], tmp_path: Path) -> None:
    started = subprocess.Popen(
        # A shell that was started in the background ignores SIGINT, and so would its children.
        [sys.executable, "-c", HEEDING_CTRL_C, *words],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PULSE_STATE_DIR": str(tmp_path)},
        stdin=subprocess.PIPE,  # of which an import waits for more
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "begun\n"
    time.sleep(1.5)
    assert started.poll() is None, "it ended before it could be interrupted"
    started.send_signal(signal.SIGINT)
    told, _ = started.communicate(timeout=60)
    assert "Traceback" not in told
    assert started.returncode in (0, 130)
