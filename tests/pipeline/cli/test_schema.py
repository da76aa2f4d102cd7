from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from pipeline.cli.main import main
from schemas.event import to_wire
from schemas.event_type import EventType
from schemas.export import render
from tests.schemas.events import example

CHAT = to_wire(example(EventType.CHAT))


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["schema", *words])
    return int(ended.value.code or 0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_good_file(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(CHAT + b"\r\n\n" + to_wire(example(EventType.JOIN)))
    assert run("validate", str(file)) == 0
    assert capsys.readouterr().out == "2 events (1 chat, 1 join), 0 bad lines\n"


def test_bad_line_names_file_line_reason_and_detail(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(CHAT + b"\n" + CHAT.replace(b":5", b':"5"') + b"\n\xff\n" + CHAT)
    assert run("validate", str(file)) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{file}:2: wrong_type: text_len: Input should be a valid integer",
        f"{file}:3: bad_utf8: not UTF-8 at byte 0",
        "2 events (2 chat), 2 bad lines",
    ]


def test_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(CHAT + b"\n[]\n")
    assert run("validate", str(file), "--json") == 1
    assert json.loads(capsys.readouterr().out) == {
        "file": str(file),
        "events": {"chat": 1},
        "bad": [{"line": 2, "reason": "not_an_object", "detail": "a JSON list"}],
    }


def test_a_line_can_be_too_large(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(b"x" * 1_000_000)
    assert run("validate", str(file)) == 1
    assert "too_large: 1000000 bytes" in capsys.readouterr().out


def test_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(CHAT + b"\nx")))
    assert run("validate", "-") == 1
    assert capsys.readouterr().out.startswith("<stdin>:2: not_json: ")


def test_missing_file_is_a_usage_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = str(tmp_path / "none")
    assert run("validate", missing) == 2
    assert missing in capsys.readouterr().err


def test_export_to_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("export", "--out", str(tmp_path / "new"), "--json") == 0
    written = json.loads(capsys.readouterr().out)
    assert {Path(path).read_text(encoding="utf-8") for path in written} == set(render().values())


def test_export_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("export") == 0
    assert set(json.loads(capsys.readouterr().out)) == {Path(path).name for path in render()}


def test_export_to_where_nothing_can_be_written(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.touch()
    assert run("export", "--out", str(file)) == 2
    assert "Cannot write there" in capsys.readouterr().err
