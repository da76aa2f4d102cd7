from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import UsageError
from pipeline.sources.slack_export import open_export, records_of
from tests.pipeline.sources.slack_workspace import CHANNELS, FILES, USERS, archive, folder


def test_a_folder_and_a_zip_are_the_same_export(tmp_path: Path) -> None:
    packs = [
        folder(tmp_path / "a"),
        archive(tmp_path / "a.zip"),
        archive(tmp_path / "b.zip", below="my workspace/"),
    ]
    found = []
    for path in packs:
        with open_export(path) as export:
            found.append(
                (
                    [(day.channel.id, day.name, export.pack.read(day.name)) for day in export.days],
                    export.strays,
                    export.people,
                    export.bots,
                )
            )
    assert [name for _, name, _ in found[0][0]] == [
        "general/2015-06-05.json",
        "old/2015-06-05.json",
    ]
    assert found[0][1] == ("D0DIRECT/2015-06-05.json",)
    assert found[0][2:] == ({"UANN", "UBOB", "UCAT"}, {"UROBO", "USLACKBOT"})
    assert found[0] == found[1] == found[2]


def test_private_channels_are_channels(tmp_path: Path) -> None:
    files = {**FILES, "groups.json": [{"id": "G1", "name": "secret"}], "secret/2015-06-05.json": []}
    with open_export(folder(tmp_path, files)) as export:
        assert [day.channel.id for day in export.days] == ["C1", "C2", "G1"]


def refused(path: Path) -> str:
    with pytest.raises(UsageError) as caught, open_export(path) as export:
        for day in export.days:
            export.pack.read(day.name)
    return str(caught.value)


@pytest.mark.parametrize("lacking", ["channels.json", "users.json"])
def test_what_is_no_export_says_what_it_lacks(lacking: str, tmp_path: Path) -> None:
    files = {name: content for name, content in FILES.items() if name != lacking}
    assert "lacks channels.json or users.json" in refused(folder(tmp_path / "x", files))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"channels.json": [{"name": "x"}]}, "channels.json is not as Slack writes it: 0.id"),
        ({"channels.json": b"{"}, "channels.json is not as Slack writes it: the whole"),
        ({"users.json": {"id": "U"}}, "users.json is not as Slack writes it"),
        ({"channels.json": [{**CHANNELS[0], "members": "all"}]}, "0.members"),
        ({"users.json": [*USERS, {"id": "u" * 129}]}, "4.id"),
    ],
)
def test_a_broken_list_says_where(changed: dict[str, Any], told: str, tmp_path: Path) -> None:
    assert told in refused(folder(tmp_path / "x", {**FILES, **changed}))


def test_what_is_no_archive_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_text("no zip")
    assert "cannot be read" in refused(tmp_path / "x.zip")
    assert "no such file" in refused(tmp_path / "y.zip")


def test_an_archive_that_is_broken_inside(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.zip")
    content = path.read_bytes()
    path.write_bytes(content.replace(b"has moved", b"has mov\x00d"))
    assert "cannot be read: Bad CRC" in refused(path)


@pytest.mark.parametrize("raw", [b"", b"{", b"{}", b"\xff", b"[" * 100_000])
def test_a_day_that_is_no_list(raw: bytes) -> None:
    with pytest.raises(ValueError):
        records_of(raw)
