"""Reference data in YAML: a list of rows, or several tables as keys, each with a list of rows.

Scalars are taken as they are written: `007` stays an id of three digits, `yes` stays `yes`.
"""

from __future__ import annotations

from typing import Any

import yaml

from pipeline.sources.dimensions.sheet import Cell, Fault, Line, Place, Read, Sheet, broken

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C, ten times faster, where PyYAML was built with it."""

DEEPEST = 8

_NULL = "tag:yaml.org,2002:null"
_SHAPE = "Write a list of rows under each table; `pulse dims template` writes examples."


def read_yaml(content: bytes, file: str, table: str) -> Read:
    """The sheets of the file, and what is wrong with its form."""
    found = Read()
    try:
        if deep := _too_deep(content):
            found.faults.append(broken(Place(file, deep), "is nested too deep", _SHAPE))
            return found
        root = yaml.compose(content, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        row = error.problem_mark.line + 1 if error.problem_mark else 0
        wrong = f"is no YAML: {error.problem or error.context}"
        found.faults.append(broken(Place(file, row), wrong, "Mend that line, or the one before."))
        return found
    except yaml.YAMLError as error:
        wrong = f"is no YAML: {' '.join(str(error).split())}"
        found.faults.append(broken(Place(file), wrong, "Save it as UTF-8 text."))
        return found
    match root:
        case None:
            pass
        case yaml.SequenceNode():
            _sheet(found, root, file, table)
        case yaml.MappingNode():
            for name, rows in _pairs(found, root, file):
                _sheet(found, rows, file, name)
        case _:
            found.faults.append(broken(Place(file, 1), "holds no tables", _SHAPE))
    return found


def _too_deep(content: bytes) -> int:
    """The line where it is nested deeper than any table; 0 = nowhere.

    Looked for before it is composed: that crashes the parser in C some thousand levels down.
    """
    depth = 0
    for event in yaml.parse(content, Loader=LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return event.start_mark.line + 1 if event.start_mark else 1
    return 0


def _sheet(found: Read, rows: Any, file: str, table: str) -> None:
    place = Place(file, rows.start_mark.line + 1)
    if rows.tag == _NULL:
        found.sheets.append(Sheet(place, table, []))
    elif not isinstance(rows, yaml.SequenceNode):
        found.faults.append(Fault(place, table, "", "is no list of rows", _SHAPE))
    else:
        found.sheets.append(Sheet(place, table, lines := []))
        for row in rows.value:
            number = row.start_mark.line + 1
            if isinstance(row, yaml.MappingNode):
                lines.append(Line(number, _cells(found, row, file)))
            else:
                remedy = "Write it as `- column: value`, with further columns below."
                found.faults.append(broken(Place(file, number), "is no row", remedy))


def _cells(found: Read, row: Any, file: str) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    for name, value in _pairs(found, row, file):
        cell = _cell(value)
        if cell is None:
            place = Place(file, value.start_mark.line + 1)
            wrong = "holds neither a value nor a list of values"
            found.faults.append(Fault(place, name, "", wrong, "Write one value."))
        else:
            cells[name] = cell
    return cells


def _cell(value: Any) -> Cell | None:
    if isinstance(value, yaml.ScalarNode):
        return _text(value)
    if isinstance(value, yaml.SequenceNode):
        texts = [_text(it) for it in value.value if isinstance(it, yaml.ScalarNode)]
        return tuple(texts) if len(texts) == len(value.value) else None
    return None


def _text(scalar: Any) -> str:
    return "" if scalar.tag == _NULL else str(scalar.value).strip()


def _pairs(found: Read, node: Any, file: str) -> list[tuple[str, Any]]:
    """Keys and values of a mapping; of a key that comes twice the first."""
    pairs: dict[str, Any] = {}
    for key, value in node.value:
        name = str(key.value).strip() if isinstance(key, yaml.ScalarNode) else "?"
        if name in pairs:
            place = Place(file, key.start_mark.line + 1)
            found.faults.append(Fault(place, name, "", "comes twice", "Leave one of them out."))
        else:
            pairs[name] = value
    return list(pairs.items())
