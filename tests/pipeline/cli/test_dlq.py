"""`pulse dlq` on an embedded store: what is told, and what a wrong call gets."""

from __future__ import annotations

import json
import pty
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from deploy.local.ports import free_ports
from pipeline.cli import dlq
from pipeline.cli.dlq import app
from pipeline.cli.main import main
from pipeline.clock import wall_ms
from pipeline.errors import BrokerError, Retryable, StoreError, UsageError
from pipeline.pseudonym import Pseudonyms
from schemas.event import to_wire
from schemas.event_type import EventType
from schemas.rejection import Reason
from sinks.embedded import EmbeddedStore
from tests.pipeline.operations.dead_letters import keep, letter, line_letter, mark
from tests.reference.stored import make_migrated
from tests.schemas.events import example

CLI = CliRunner()
KEY = "a key that only tests know"
CHAT = example(
    EventType.CHAT,
    key_id=Pseudonyms(KEY.encode()).key_id,
    event_time=wall_ms() - 60_000,
    user_id="Annabel",
)


@pytest.fixture(autouse=True)
def store_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """An empty store with its tables; a broker that is not there."""
    monkeypatch.setenv("PULSE_PSEUDONYM_KEY", KEY)
    monkeypatch.setenv("PULSE_STORE", f"chdb:{tmp_path}/store")
    monkeypatch.setenv("PULSE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("PULSE_KAFKA__BOOTSTRAP", f"127.0.0.1:{free_ports(1)[0]}")
    monkeypatch.setattr("sinks.broker.BOOTSTRAP_SECONDS", 0.5)
    make_migrated(tmp_path / "store")
    yield tmp_path / "store"


@pytest.fixture
def filled(store_folder: Path) -> None:
    at = wall_ms() - 3_600_000
    with closing(EmbeddedStore(store_folder)) as store:
        for number in range(3):
            keep(store, letter(number, raw=to_wire(CHAT), ingest_ms=at + number))
        keep(
            store,
            letter(
                7,
                Reason.WRONG_TYPE,
                b'{"user_id":"Annabel"}',
                source="odd\x1b[2J[red]",
                ingest_ms=at,
            ),
            letter(8, Reason.TOO_LARGE, b"x" * 70_000, ingest_ms=at + 5),
            line_letter(
                4, b"{", origin="jsonl:my file.jsonl", reason=Reason.NOT_JSON, ingest_ms=at
            ),
        )
        done = letter(9, Reason.NOT_JSON, b"{", ingest_ms=at)
        keep(store, done)
        mark(store, [done], at_ms=at + 10, to="community.chat")


def run(*words: str, stdin: str | None = None) -> Result:
    return CLI.invoke(app, list(words), input=stdin)


def told(*words: str) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.usefixtures("filled")
def test_list_sums_up_first_then_shows_the_newest_and_what_to_do() -> None:
    lines = run("list", "--limit", "2").stdout.splitlines()
    assert lines[:2] == [
        "6 open dead letters; 1 more were replayed (--replayed).",
        "Times in Asia/Shanghai.",
    ]
    assert [line.split()[:3] for line in lines[3:5]] == [
        ["3", "misrouted", "bot"],
        ["1", "not_json", "jsonl"],
    ]
    assert r"odd\x1b[2J[red" in lines[6]
    assert [line.split()[-1] for line in lines[9:11]] == [
        "community.chat/1/8",
        "community.chat/1/2",
    ]
    assert lines[11] == "… and 4 older (--limit)"
    assert lines[13].split(maxsplit=1) == ["Next:", "pulse dlq show community.chat/1/8"]
    assert lines[15].strip() == "pulse dlq replay --reason misrouted --dry-run"
    assert max(map(len, lines)) <= 80


@pytest.mark.usefixtures("filled")
def test_list_as_json() -> None:
    found = told("list", "--reason", "misrouted", "--reason", "not_json", "--source", "bot")
    assert found["total"] == 3
    assert found["reasons"][0] | {"newest_ms": 0} == {
        "reason": "misrouted",
        "letters": 3,
        "newest_ms": 0,
        "replay": "now",
    }
    assert [one["place"] for one in found["letters"]] == [
        f"community.chat/1/{number}" for number in (2, 1, 0)
    ]
    assert found["next"] == [
        "pulse dlq show community.chat/1/2",
        "pulse dlq replay --reason misrouted --dry-run",
    ]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("words", "total"),
    [
        ((), 6),
        (("--all",), 7),
        (("--replayed",), 1),
        (("--since", "2h"), 6),
        (("--since", "30m"), 0),
        (("--until", "30m"), 6),
        (("--since", "2h", "--until", "30m"), 6),
        (("--topic", "import:jsonl:my file.jsonl"), 1),
        (("--type", "chat"), 6),
        (("--type", "order"), 0),
    ],
)
def test_list_takes_filters(words: tuple[str, ...], total: int) -> None:
    assert told("list", *words)["total"] == total


def test_an_empty_list_says_so() -> None:
    assert run("list").stdout == "No open dead letters.\n"
    assert run("list", "--all").stdout == "No dead letters.\n"


@pytest.mark.usefixtures("filled")
def test_show_hides_persons_and_says_what_helps() -> None:
    text = run("show", "community.chat/1/0").stdout
    assert "misrouted: The record lies in another partition than its key's." in text
    assert '"group_id": "g1"' in text
    assert '"user_id": "Xxxxxxx" (7 characters)' in text
    assert "Annabel" not in text
    assert "pulse dlq replay community.chat/1/0" in text
    assert "replayed  no" in text


@pytest.mark.usefixtures("filled")
def test_show_tells_cut_payloads_replays_and_odd_sources() -> None:
    assert (
        "70,000 bytes; only the first 65,536 are kept" in run("show", "community.chat/1/8").stdout
    )
    assert "to community.chat" in run("show", "community.chat/1/9").stdout
    odd = run("show", "community.chat/1/7").stdout
    assert r"odd\x1b[2J[red]" in odd
    assert "\x1b" not in odd


@pytest.mark.usefixtures("filled")
def test_commands_to_call_next_are_quoted_and_only_where_they_help() -> None:
    steps = told("list", "--topic", "import:jsonl:my file.jsonl")["next"]
    assert steps == ["pulse dlq show 'import:jsonl:my file.jsonl/0/4'"]
    line = run("show", "import:jsonl:my file.jsonl/0/4").stdout
    assert "pulse dlq replay" not in line


@pytest.mark.usefixtures("filled")
def test_show_as_json_is_masked_too() -> None:
    found = told("show", "community.chat/1/0")
    assert (found["place"], found["cut"], found["replay"]) == ("community.chat/1/0", False, "now")
    assert "Annabel" not in json.dumps(found)
    raw = told("show", "community.chat/1/0", "--raw")
    assert b64decode(raw["payload_base64"]) == to_wire(CHAT)


@pytest.mark.usefixtures("filled")
def test_raw_is_the_bytes_after_a_warning() -> None:
    result = run("show", "community.chat/1/0", "--raw")
    assert result.stdout_bytes == to_wire(CHAT)
    assert "personal data" in result.stderr


@pytest.mark.usefixtures("filled")
def test_a_dry_replay_tells_what_would_become_of_each() -> None:
    whole = [
        word for reason in ("misrouted", "wrong_type", "not_json") for word in ("--reason", reason)
    ]
    lines = run("replay", "--dry-run", *whole).stdout.splitlines()
    assert lines[0] == "3 of 5 dead letters would be sent again: 3 to community.chat"
    assert any(line.startswith("        1  still refused: missing_field.") for line in lines)
    found = told("replay", "--dry-run", "--reason", "misrouted", "community.chat/1/1")
    assert (found["matched"], found["sent"]) == (1, {"community.chat": 1})
    assert told("replay", "--dry-run", "--source", "nobody")["matched"] == 0


@pytest.mark.usefixtures("filled")
def test_replay_asks_before_it_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = run("replay")
    assert isinstance(alone.exception, UsageError)
    assert "--yes" in str(alone.exception)

    asked: list[tuple[str, bool]] = []

    def refuse(question: str, *, abort: bool, err: bool) -> None:
        asked.append((question, abort and err))
        raise KeyboardInterrupt

    _, terminal = pty.openpty()
    with open(terminal) as stdin:  # noqa: PTH123  (a descriptor, no path)
        monkeypatch.setattr(dlq.sys, "stdin", stdin)
        monkeypatch.setattr(dlq.typer, "confirm", refuse)
        with pytest.raises(SystemExit) as end:
            main(["dlq", "replay", "--reason", "misrouted", "--limit", "2"])
    assert end.value.code == 130
    question = "Send 3 dead letters again (3 misrouted), at most 2 of them?"
    assert asked == [(question, True)]


@pytest.mark.usefixtures("filled")
def test_a_replay_without_a_broker_fails_and_names_it() -> None:
    result = run("replay", "--yes")
    assert isinstance(result.exception, BrokerError)
    assert "PULSE_KAFKA__BOOTSTRAP" in str(result.exception)
    assert told("list")["total"] == 6


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("list", "--reason", "misrooted"), "Did you mean misrouted? There are null_value, "),
        (("list", "--reason", "?"), "There are null_value, "),
        (("list", "--type", "chats"), "Did you mean chat?"),
        (("list", "--since", "yesterday"), "(--since). Write it like 2h or 7d"),
        (("list", "--until", "2026-02-30"), "(--until). Write it like 2h or 7d"),
        (("list", "--since", "1h", "--until", "2h"), "--since 1h is not before --until 2h"),
        (("list", "--all", "--replayed"), "exclude each other"),
        (("show", "community.chat"), "like community.chat/2/1234"),
        (("show", "community.chat/1/99"), "There is no dead letter at 'community.chat/1/99'"),
        (("replay", "--yes", "nonsense"), "like community.chat/2/1234"),
        (("replay", "--yes", "--reason", "misrooted"), "Did you mean misrouted?"),
        (("replay", "--yes", "--since", "x"), "(--since)"),
    ],
)
def test_a_wrong_call_says_what_to_do(words: tuple[str, ...], says: str) -> None:
    result = run(*words)
    assert isinstance(result.exception, UsageError), result.output
    assert says in str(result.exception)


@pytest.mark.parametrize("words", [("list", "--limit", "0"), ("replay", "--limit", "x"), ("show",)])
def test_a_call_that_typer_refuses_exits_2(words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


@pytest.mark.parametrize(
    "words",
    [("list",), ("show", "community.chat/1/0"), ("replay", "--yes"), ("replay", "--dry-run")],
)
def test_without_a_store_it_fails_and_names_it(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"127.0.0.1:{free_ports(1)[0]}"
    monkeypatch.setenv("PULSE_STORE", f"clickhouse://ana:hunter2@{address}/community")
    result = run(*words)
    assert isinstance(result.exception, Retryable)
    assert address in str(result.exception)
    assert "hunter2" not in str(result.exception)


@pytest.mark.parametrize("words", [("list",), ("show", "community.chat/1/0")])
def test_a_store_without_tables_says_how_to_make_them(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PULSE_STORE", f"chdb:{tmp_path}/empty")
    result = run(*words)
    assert isinstance(result.exception, StoreError)
    assert "pulse migrate up" in str(result.exception)
