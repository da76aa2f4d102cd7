from __future__ import annotations

import json

import pytest

from pipeline.cli.main import main
from pipeline.pseudonym import Pseudonyms

KEY = "a-key-of-the-tests"


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(["pseudonym", *words])
    return int(end.value.code or 0)


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_PSEUDONYM_KEY", KEY)


def test_it_is_the_pseudonym_of_the_imports(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("alice", "--platform", "irc") == 0
    assert capsys.readouterr().out.strip() == Pseudonyms(KEY.encode()).of("irc", "alice")


def test_json_names_the_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("alice", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    pseudonyms = Pseudonyms(KEY.encode())
    assert told == {
        "pseudonym": pseudonyms.of("community", "alice"),
        "platform": "community",
        "key_id": pseudonyms.key_id,
    }


@pytest.mark.parametrize("words", [(), ("",), (" ",), ("a", "b")])
def test_a_wrong_call_exits_2(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*words) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_without_a_key_it_says_how_to_make_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PULSE_PSEUDONYM_KEY")
    assert run("alice") == 2
    assert "openssl rand" in capsys.readouterr().err
