"""Opening what `pulse dims load` is pointed at: files of three formats, and folders of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline.errors import UsageError
from pipeline.sources.dimensions.csv_file import read_csv
from pipeline.sources.dimensions.excel_file import read_excel
from pipeline.sources.dimensions.sheet import Read
from pipeline.sources.dimensions.yaml_file import read_yaml

ENDINGS = (".yaml", ".yml", ".csv", ".xlsx")

PACKAGED_REFERENCE = Path(__file__).parents[1] / "data" / "dims_demo.yaml"
"""Reference data of the simulated community; its persons are on the simulator's platform."""


def files_of(paths: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """The files to be read, those of a folder by name, and the files of folders passed over.

    UsageError for a path that is not there, or a file that was named and is of no known format.
    """
    wanted: list[Path] = []
    passed_over: list[str] = []
    for path in paths:
        if path.is_dir():
            for file in sorted(path.iterdir()):
                if file.is_file() and not file.name.startswith((".", "~$")):
                    fits = file.suffix.lower() in ENDINGS
                    wanted.append(file) if fits else passed_over.append(str(file))
        elif not path.exists():
            raise UsageError("There is no such file or folder", where=str(path))
        elif path.suffix.lower() not in ENDINGS:
            raise UsageError(
                "The file is none of YAML, CSV, Excel",
                where=str(path),
                remedy=f"Its name must end in {', '.join(ENDINGS)}.",
            )
        else:
            wanted.append(path)
    if not wanted:
        raise UsageError(
            "There is no file to load",
            where=", ".join(map(str, paths)),
            remedy="`pulse dims template DIR` writes some to start from.",
        )
    return wanted, passed_over


def read_all(files: Iterable[Path], passed_over: Sequence[str] = ()) -> Read:
    """What all files hold, in their order. UsageError for one that cannot be opened."""
    found = Read(passed_over=list(passed_over))
    for part in map(read_file, files):
        found.sheets += part.sheets
        found.faults += part.faults
    return found


def read_file(path: Path) -> Read:
    """What one file holds. Its table is its name up to the first dot, unless it says otherwise."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"The file cannot be opened: {error.strerror}", where=str(path)) from error
    table = path.name.partition(".")[0]
    match path.suffix.lower():
        case ".csv":
            return read_csv(content, str(path), table)
        case ".xlsx":
            return read_excel(content, str(path))
        case _:
            return read_yaml(content, str(path), table)
