import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import UsageError
from pipeline.sources.inputs import LogFile, count_lines, open_input, read_logs

LOGS = {"2012-03-02.log": b"a\nb\n", "2012-03-01.log": b"c\r\nd", "notes.txt": b"no log"}
EXPECTED = [
    LogFile("2012-03-01.log", (b"c", b"d")),
    LogFile("2012-03-02.log", (b"a", b"b")),
]


def as_folder(path: Path) -> Path:
    for name, content in LOGS.items():
        file = path / "logs" / "2012" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return path / "logs"


def as_tar(path: Path) -> Path:
    packed = path / "logs.tar.gz"
    with tarfile.open(packed, "w:gz") as archive:
        for name, content in LOGS.items():
            member = tarfile.TarInfo(f"logs/2012/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed


def as_zip(path: Path) -> Path:
    packed = path / "logs.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in LOGS.items():
            archive.writestr(f"logs/2012/{name}", content)
    return packed


@pytest.mark.parametrize("pack", [as_folder, as_tar, as_zip])
def test_logs_are_the_same_however_they_are_packed(
    tmp_path: Path, pack: Callable[[Path], Path]
) -> None:
    assert read_logs(pack(tmp_path)) == EXPECTED


def test_one_log_may_be_named_alone(tmp_path: Path) -> None:
    assert read_logs(as_folder(tmp_path) / "2012" / "2012-03-02.log") == EXPECTED[1:]


@pytest.mark.parametrize("name", ["missing", "notes.txt", "broken.tar.gz", "broken.zip", "empty"])
def test_anything_else_is_a_usage_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    for broken in ("notes.txt", "broken.tar.gz", "broken.zip"):
        (tmp_path / broken).write_bytes(b"nothing of the kind")
    with pytest.raises(UsageError):
        read_logs(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "pack"), [("x.csv", bytes), ("x.csv.gz", gzip.compress), ("x.csv.xz", lzma.compress)]
)
def test_a_file_is_unpacked_by_its_name(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes]
) -> None:
    file = tmp_path / name
    file.write_bytes(pack(b"one\ntwo\n"))
    with open_input(file) as stream:
        assert list(stream) == [b"one\n", b"two\n"]
    assert count_lines(file) == 2


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError), open_input(tmp_path / "missing"):
        pass


@pytest.mark.parametrize("name", ["x.csv.gz", "x.csv.xz"])
@pytest.mark.parametrize(
    "content", [b"not packed", gzip.compress(b"x" * 99)[:-9]], ids=["not packed", "cut off"]
)
def test_a_file_that_is_not_what_its_name_says_is_a_usage_error(
    tmp_path: Path, name: str, content: bytes
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(UsageError):
        count_lines(file)


def test_standard_input_is_not_counted() -> None:
    assert count_lines(Path("-")) is None
