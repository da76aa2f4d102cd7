"""A board in Chinese: the same JSON with its titles, names and short words translated.

Queries stay as they are, but for words that SQL makes of codes (`cause_cells`): a column or series
gets a display name, so that one query serves both languages, and so do overrides, links and
transformations, which go by its real name.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Any

from grafana import chinese_titles as titles
from grafana import chinese_words as words
from grafana.cause_cells import CELLS
from grafana.walk import every, targets, variables
from pipeline.catalog.catalogue import CATALOGUE

Json = Mapping[str, Any]

PHRASES: Mapping[str, str] = {
    **words.NAMES,
    **words.SAYINGS,
    **titles.TITLES,
    **titles.ROWS,
    **titles.ABOUT,
    **titles.BOARDS,
}

_OF_A_TYPE = re.compile(
    r"(.+\?) The figures that tell it of communities of type \w+ \((.+)\), all of them together, "
    r"then group by group; and those of any community\."
)

_ALIAS = re.compile(r"\bAS `([^`]+)`", re.IGNORECASE)

_SUFFIXES: Sequence[tuple[str, str]] = (
    (" over time", "走势"),
    (" over time, live", "走势，实时"),
    (": reached", "：到达人数"),
    (": step rates", "：各步转化率"),
    (": groups", "：各社群"),
    (", last 30 min", "，近 30 分钟"),
    (", this week", "，本周"),
    (", last week", "，上周"),
    (", hour", "，小时"),
    (", day", "，日"),
    (", week", "，周"),
    (", month", "，月"),
    (", beginning", "，开营日"),
)
_PREFIXES: Sequence[tuple[str, str]] = (
    ("n ", "{}的 n"),
    ("usual ", "{}基线"),
    ("change, points ", "{}变化（百分点）"),
    ("change ", "{}变化"),
)


class Language(StrEnum):
    """A language that boards are written in."""

    ENGLISH = "en"
    CHINESE = "zh"


def in_language(board: Json, language: Language) -> dict[str, Any]:
    """The board's JSON in that language; it is written in English."""
    return in_chinese(board) if language is Language.CHINESE else dict(board)


@cache
def _metrics() -> Mapping[str, str]:
    """Every way that a board names a metric of the catalogue."""
    found: dict[str, str] = {}
    for metric in CATALOGUE:
        for name in (metric.words, metric.words.capitalize()):
            found |= dict.fromkeys((name, f"{name} {metric.zh}", metric.zh), metric.zh)
    return found


def chinese(text: str) -> str | None:
    """The text in Chinese; None where it has none."""
    if found := PHRASES.get(text) or _metrics().get(text):
        return found
    for suffix, after in _SUFFIXES:
        if text.endswith(suffix) and (lead := chinese(text.removesuffix(suffix))):
            return lead + after
    if (told := _OF_A_TYPE.fullmatch(text)) and (question := chinese(told[1])):
        return f"{question}说明{told[2]}情况的指标，先合计，再逐个社群；以及通用指标。"
    if found := _split(text):
        return found
    for prefix, form in _PREFIXES:
        if text.startswith(prefix) and (rest := chinese(text.removeprefix(prefix))):
            return form.format(rest)
    return None


def _split(text: str) -> str | None:
    """What a title says is by something: "X by channel and week", "X, by group"."""
    lead, by, parts = text.rpartition(" by ")
    if not by or (head := chinese(lead.removesuffix(","))) is None:
        return None
    named = [chinese(part) for part in parts.replace(" and ", ", ").split(", ")]
    return f"{head}，按{'、'.join(map(str, named))}" if all(named) else None


def in_chinese(board: Json) -> dict[str, Any]:
    """The board's JSON in Chinese; what has no Chinese stays English."""
    found: dict[str, Any] = copy.deepcopy(dict(board))
    for one in _worded(found):
        one.words(lambda text: chinese(text) or text)
    for target in _statements(found):
        for cell in CELLS:
            target["rawSql"] = target["rawSql"].replace(cell.en, cell.zh)
    return found


def _statements(board: Json) -> Iterator[dict[str, Any]]:
    """Every part of the board that holds SQL which makes rows of a panel or annotation."""
    asked = [target for _, target in targets(board)]
    marked = [one.get("target") or {} for one in board.get("annotations", {}).get("list") or ()]
    return (_own(one) for one in (*asked, *marked) if "rawSql" in one)


def texts(board: Json) -> set[str]:
    """Every text of the board that is to be in Chinese."""
    found: set[str] = set()

    def noted(text: str) -> str:
        found.add(text)
        return text

    for one in _worded(copy.deepcopy(dict(board))):
        one.words(noted)
    return {text for text in found if re.search(r"[A-Za-z]", text)}


class _Place:
    """A part of the JSON that holds texts."""

    def __init__(self, part: dict[str, Any], keys: Sequence[str]) -> None:
        self._part, self._keys = part, keys

    def words(self, write: Callable[[str], str]) -> None:
        """Replace its texts."""
        for key in self._keys:
            if isinstance(text := self._part.get(key), str) and text and text != "–":
                self._part[key] = write(text)


class _Names(_Place):
    """A panel's columns and series, each to get a display name."""

    def __init__(self, panel: dict[str, Any]) -> None:
        super().__init__(panel, ())
        self._panel = panel

    def words(self, write: Callable[[str], str]) -> None:
        """Add a display name to each that is called otherwise."""
        overrides = self._panel.setdefault("fieldConfig", {}).setdefault("overrides", [])
        for name in dict.fromkeys(names(self._panel)):
            if (shown := write(name)) == name:
                continue
            named = {"id": "displayName", "value": shown}
            for override in overrides:
                if override["matcher"] == {"id": "byName", "options": name}:
                    override["properties"].append(named)
                    break
            else:
                matcher = {"id": "byName", "options": name}
                overrides.append({"matcher": matcher, "properties": [named]})


def names(panel: Json) -> Iterator[str]:
    """Names of the columns and series that a panel shows; not those that data makes."""
    for override in (panel.get("fieldConfig") or {}).get("overrides") or ():
        if override["matcher"]["id"] == "byName":
            yield override["matcher"]["options"]
    for target in panel.get("targets") or ():
        if "rawSql" in target:
            yield from _ALIAS.findall(target["rawSql"])
        elif (form := str(target.get("legendFormat") or "")) and "{{" not in form:
            yield form


def _worded(board: dict[str, Any]) -> Iterator[_Place]:
    yield _Place(board, ("title", "description"))
    for variable in variables(board):
        yield _Place(_own(variable), ("label",) if variable.get("type") != "datasource" else ())
    for annotation in (board.get("annotations") or {}).get("list") or ():
        yield _Place(annotation, ("name",))
    for link in board.get("links") or ():
        yield _Place(link, ("title",))
    for panel in every(board):
        yield _Place(_own(panel), ("title",))
        if panel.get("type") == "row":
            continue
        yield _Names(_own(panel))
        for by in (panel.get("options") or {}).get("sortBy") or ():
            yield _Place(by, ("displayName",))
        yield from _sayings(panel)


def _sayings(panel: Json) -> Iterator[_Place]:
    config = panel.get("fieldConfig") or {}
    yield _Place(config.get("defaults") or {}, ("noValue",))
    yield from _mapped((config.get("defaults") or {}).get("mappings"))
    for override in config.get("overrides") or ():
        for one in override["properties"]:
            if one["id"] == "noValue":
                yield _Place(one, ("value",))
            elif one["id"] == "mappings":
                yield from _mapped(one["value"])
            elif one["id"] == "links":
                for link in one["value"]:
                    yield _Place(link, ("title",))


def _mapped(mappings: Any) -> Iterator[_Place]:
    for mapping in mappings or ():
        if mapping.get("type") == "value":
            for shown in mapping["options"].values():
                yield _Place(shown, ("text",))


def _own(part: Json) -> dict[str, Any]:
    """A part of a board that was copied, to be written."""
    assert isinstance(part, dict)  # noqa: S101  (JSON knows no other mapping)
    return part
