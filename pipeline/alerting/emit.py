"""A small deterministic YAML writer for what Prometheus and Alertmanager read.

Mappings and lists of strings, numbers and booleans; strings are written as JSON, which YAML
reads alike, and those of several lines as literal blocks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

_WORDS = frozenset({"on", "off", "yes", "no", "y", "n", "true", "false", "null"})

Node = str | int | float | bool | Sequence["Node"] | Mapping[str, "Node"]


def to_yaml(document: Mapping[str, Node], *, header: Sequence[str] = ()) -> str:
    """`document` as YAML text, after `header` as comment lines."""
    return "\n".join([*(f"# {line}" for line in header), *_mapping(document, "")]) + "\n"


def _mapping(node: Mapping[str, Node], indent: str) -> Iterator[str]:
    for key, value in node.items():
        yield from _entry(f"{indent}{key if _bare(key) else json.dumps(key)}:", value, indent)


def _sequence(node: Sequence[Node], indent: str) -> Iterator[str]:
    for value in node:
        if isinstance(value, Mapping) and value:
            first, *rest = _mapping(value, f"{indent}  ")
            yield f"{indent}- {first.lstrip()}"
            yield from rest
        else:
            yield from _entry(f"{indent}-", value, indent)


def _entry(lead: str, value: Node, indent: str) -> Iterator[str]:
    if isinstance(value, str) and _is_block(value):
        yield f"{lead} |-"
        yield from (f"{indent}  {line}".rstrip() for line in value.split("\n"))
    elif isinstance(value, str | int | float):
        yield f"{lead} {json.dumps(value, ensure_ascii=False)}"
    elif not value:
        yield f"{lead} {'{}' if isinstance(value, Mapping) else '[]'}"
    elif isinstance(value, Mapping):
        yield lead
        yield from _mapping(value, f"{indent}  ")
    else:
        yield lead
        yield from _sequence(value, f"{indent}  ")


def _bare(key: str) -> bool:
    """Whether YAML reads the key as itself: a plain word, and none that means true or null."""
    return re.fullmatch(r"[a-z][a-z_]*", key) is not None and key not in _WORDS


def _is_block(text: str) -> bool:
    """Several printable lines that neither begin nor end in space, so nothing is lost."""
    lines = text.split("\n")
    return (
        len(lines) > 1
        and all(line and line.isprintable() and not line[-1].isspace() for line in lines)
        and not lines[0][0].isspace()
    )
