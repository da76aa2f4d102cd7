"""The tour and the examples in the help: every command has one, and every one is a real call."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from pipeline.cli.examples import EXAMPLES, epilog
from pipeline.cli.main import GROUPS, build, main


def _commands(name: str) -> Iterator[tuple[str, Any]]:
    """Words after `pulse`, and the command they call."""
    tree: Any = typer.main.get_command(build(name))
    group = tree.commands[name]
    if hasattr(group, "commands"):
        for word, command in group.commands.items():
            yield f"{name} {word}", command
    else:
        yield name, group


LEAVES = [(words, command) for name in GROUPS for words, command in _commands(name)]


def test_every_command_has_an_example_and_every_example_a_command() -> None:
    assert {words for words, _ in LEAVES} | {""} == set(EXAMPLES)


@pytest.mark.parametrize(("words", "command"), LEAVES, ids=[words for words, _ in LEAVES])
def test_examples_are_real_calls(words: str, command: Any) -> None:
    for example in EXAMPLES[words]:
        called = shlex.split(example.rpartition("| ")[2])
        assert " ".join(called).startswith(f"pulse {words}"), example
        command.make_context(words, called[1 + len(words.split()) :])  # raises for a wrong call


def test_the_examples_of_the_tour_are_commands() -> None:
    assert all(shlex.split(example)[1] in GROUPS for example in EXAMPLES[""])


def test_help_ends_with_the_examples(capsys: pytest.CaptureFixture[str]) -> None:
    for words, _ in LEAVES:
        with pytest.raises(SystemExit):
            main([*words.split(), "--help"])
        told = capsys.readouterr().out
        assert "Examples" in told, words
        assert EXAMPLES[words][0].split("#")[0][:40] in told, words


def test_a_bracket_in_an_example_is_no_markup() -> None:
    assert epilog("no such command") == ""


def test_help_reads_as_a_tour(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    told = capsys.readouterr().out
    assert end.value.code == 0
    parts = [told.index(f"─ {part} ─") for part in ("Begin", "Run", "Fill", "Ask", "Tend")]
    assert parts == sorted(parts)
    assert "pulse config check" in told


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("tpoics", "list"), "topics"),
        (("topics", "lsit"), "list"),
        (("sqll", "SELECT 1"), "sql"),
        (("config", "show", "--jsno"), "--json"),
    ],
)
def test_a_mistyped_word_suggests(
    words: tuple[str, ...], meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(list(words))
    assert end.value.code == 2
    assert meant in capsys.readouterr().err
