"""Opening what an import is pointed at: a file, a compressed one, a folder, an archive, stdin."""

from __future__ import annotations

import gzip
import lzma
import re
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

from pipeline.errors import UsageError

STDIN = Path("-")
LOG_NAME = re.compile(r"\d{4}-\d\d-\d\d[\w.-]*\.log", re.ASCII)


@dataclass(frozen=True)
class LogFile:
    """One file of a log: its name without folders, and its lines without their ends."""

    name: str
    lines: tuple[bytes, ...]


_BROKEN = (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile)
"""What unpacking raises on a file that is not what its name says, or is cut off."""


@contextmanager
def open_input(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, unpacked when its name ends in .gz or .xz; `-` is standard input.

    UsageError when it cannot be opened, or turns out broken while it is read.
    """
    if path == STDIN:
        yield sys.stdin.buffer
        return
    try:
        stream = _unpacked(path)
    except OSError as error:
        raise UsageError(f"The file cannot be opened: {error.strerror}", where=str(path)) from error
    try:
        with stream:
            yield stream
    except _BROKEN as error:
        raise UsageError(f"The file cannot be unpacked: {error}", where=str(path)) from error


def _unpacked(path: Path) -> IO[bytes]:
    match path.suffix:
        case ".gz":
            return cast("IO[bytes]", gzip.open(path))
        case ".xz":
            return lzma.open(path)
        case _:
            return path.open("rb")


def count_lines(path: Path) -> int | None:
    """How many lines the input has, for a progress bar; None when it can be read only once."""
    if path == STDIN:
        return None
    with open_input(path) as stream:
        return sum(1 for _ in stream)


def read_logs(path: Path) -> list[LogFile]:
    """The `YYYY-MM-DD*.log` files of a folder, a .tar.gz, a .zip, or one such file, by name.

    UsageError when there is nothing of the kind.
    """
    try:
        logs = sorted(_log_members(path), key=lambda log: log.name)
    except (OSError, tarfile.TarError, zipfile.BadZipFile, *_BROKEN) as error:
        raise UsageError(f"The archive cannot be read: {error}", where=str(path)) from error
    if not logs:
        raise UsageError(
            "There is no log named YYYY-MM-DD.log in it",
            where=str(path),
            remedy="Point to a folder, a .tar.gz, a .zip or one log file.",
        )
    return logs


def _log_members(path: Path) -> Iterator[LogFile]:
    if path.is_dir():
        for file in path.rglob("*.log"):
            yield from _log_file(file.name, file.read_bytes())
    elif not path.is_file():
        raise UsageError("There is no such file or folder", where=str(path))
    elif path.name.endswith((".tar.gz", ".tgz")):
        with tarfile.open(path) as archive:
            for member in archive:
                content = archive.extractfile(member)
                if content is not None:
                    yield from _log_file(PurePosixPath(member.name).name, content.read())
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path) as pack:
            for name in pack.namelist():
                yield from _log_file(PurePosixPath(name).name, pack.read(name))
    else:
        yield from _log_file(path.name, path.read_bytes())


def _log_file(name: str, content: bytes) -> Iterator[LogFile]:
    if LOG_NAME.fullmatch(name):
        yield LogFile(
            name, tuple(line.rstrip(b"\r") for line in content.removesuffix(b"\n").split(b"\n"))
        )
