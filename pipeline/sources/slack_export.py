"""Opening a Slack workspace export: its channels, its users, and a file for each channel and day.

A zip as Slack gives it, or the folder it unpacks to. Direct messages are no groups: folders that
neither channels.json nor groups.json (private channels) names are not read.
"""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from pipeline.errors import UsageError
from schemas.fields import Id

CHANNELS = "channels.json"
PRIVATE = "groups.json"
USERS = "users.json"
SLACKBOT = "USLACKBOT"

_DAY = re.compile(r"([^/]+)/\d{4}-\d\d-\d\d\.json", re.ASCII)
_BROKEN = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What unpacking raises; a RuntimeError for an archive with a password."""

T = TypeVar("T")


class Channel(BaseModel):
    """A channel as it stood when the export was made; `members` are raw ids."""

    id: Id
    name: str
    members: tuple[Id, ...] = ()


class User(BaseModel):
    """An account of the workspace."""

    id: Id
    is_bot: bool = False


_CHANNELS: TypeAdapter[tuple[Channel, ...]] = TypeAdapter(tuple[Channel, ...])
_USERS: TypeAdapter[tuple[User, ...]] = TypeAdapter(tuple[User, ...])


@dataclass(frozen=True)
class Pack:
    """The files of an export, by their names beside channels.json, wherever they lie."""

    where: Path
    names: Sequence[str]
    unpack: Callable[[str], bytes]

    def read(self, name: str) -> bytes:
        """What is in a file; UsageError when it cannot be unpacked."""
        with _unpacking(self.where):
            return self.unpack(name)


@dataclass(frozen=True)
class Day:
    """One file: what was written in a channel on one day of the workspace's clock.

    `name` has folder and file, such as general/2015-06-06.json.
    """

    channel: Channel
    name: str


@dataclass(frozen=True)
class Export:
    """An open export. `strays` are day files of no channel, such as direct messages."""

    pack: Pack
    channels: tuple[Channel, ...]
    people: frozenset[str]
    bots: frozenset[str]
    days: tuple[Day, ...]
    strays: tuple[str, ...]


@contextmanager
def open_export(path: Path) -> Iterator[Export]:
    """The export at `path`; UsageError when it is none, or turns out broken while it is read."""
    if path.is_dir():
        names = [file.relative_to(path).as_posix() for file in path.rglob("*.json")]
        yield _export(path, names, lambda name: (path / name).read_bytes())
    elif path.is_file():
        with _unpacking(path):
            archive = zipfile.ZipFile(path)
        with archive:
            yield _export(path, archive.namelist(), archive.read)
    else:
        raise UsageError("There is no such file or folder", where=str(path))


def records_of(raw: bytes) -> list[object]:
    """The records of a day file; ValueError when it is no list in JSON."""
    try:
        records = json.loads(raw)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(records, list):
        raise ValueError("something else")
    return records


def _export(path: Path, names: Sequence[str], unpack: Callable[[str], bytes]) -> Export:
    root = _root(names, path)
    inside = [
        PurePosixPath(name).relative_to(root).as_posix()
        for name in names
        if PurePosixPath(name).is_relative_to(root)
    ]
    pack = Pack(path, inside, lambda name: unpack((root / name).as_posix()))
    channels = _parsed(_CHANNELS, pack, CHANNELS)
    if PRIVATE in inside:
        channels += _parsed(_CHANNELS, pack, PRIVATE)
    users = _parsed(_USERS, pack, USERS)
    bots = {user.id for user in users if user.is_bot} | {SLACKBOT}
    folders = {channel.name: channel for channel in channels}
    dated = [(name, day[1]) for name in sorted(inside) if (day := _DAY.fullmatch(name))]
    return Export(
        pack=pack,
        channels=channels,
        people=frozenset(user.id for user in users) - bots,
        bots=frozenset(bots),
        days=tuple(Day(folders[folder], name) for name, folder in dated if folder in folders),
        strays=tuple(name for name, folder in dated if folder not in folders),
    )


def _root(names: Sequence[str], path: Path) -> PurePosixPath:
    """The folder with channels.json and users.json that lies least deep."""
    folders = {PurePosixPath(name).parent for name in names if name.endswith(CHANNELS)}
    complete = [folder for folder in folders if (folder / USERS).as_posix() in names]
    if not complete:
        raise UsageError(
            f"It is no export of a Slack workspace: it lacks {CHANNELS} or {USERS}",
            where=str(path),
            remedy="Point to the zip that Slack made, or to the folder it unpacks to.",
        )
    return min(complete, key=lambda folder: (len(folder.parts), folder))


def _parsed(kind: TypeAdapter[T], pack: Pack, name: str) -> T:
    try:
        return kind.validate_json(pack.read(name))
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, fault["loc"]))
        raise UsageError(
            f"The export's {name} is not as Slack writes it: {place or 'the whole'}:"
            f" {fault['msg']}",
            where=str(pack.where),
            remedy="Export the workspace again, and leave the archive as it is.",
        ) from error


@contextmanager
def _unpacking(path: Path) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise UsageError(
            f"The export cannot be read: {error}",
            where=str(path),
            remedy="Give the zip that Slack made, or the folder it unpacks to.",
        ) from error
