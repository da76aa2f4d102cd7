"""What an incident says, in words of either language: SQL that makes cells of stored codes.

A board asks the first of the two; a Chinese board has the second in its place.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.catalog.catalogue import ALL_MILESTONES
from pipeline.catalog.cause_words import (
    BY,
    NOTES,
    NOTHING,
    PARTS,
    PHRASES,
    Language,
    Said,
    by_words,
    part_words,
    phrase,
)

_POINTS_ZH = " 个百分点"


def _said(sql_in: Mapping[Language, str]) -> Said:
    return Said(sql_in[Language.EN], sql_in[Language.ZH])


def _transformed(code: str, words: Mapping[str, str], otherwise: str) -> str:
    return f"transform({code}, {list(words)}, {list(words.values())}, {otherwise})"


def _part(by: str, part: str, language: Language) -> str:
    """A part beside its split."""
    known = {
        f"{one} {code}": phrase(one, code, language) or part_words(one, code, language)
        for one, code in (*PHRASES, *PARTS)
    }
    otherwise = f"if({part} IN ('', 'none'), '{NOTHING.of(language)}', {part})"
    return _transformed(f"concat({by}, ' ', {part})", known, otherwise)


def _by(by: str, language: Language) -> str:
    return _transformed(by, {code: by_words(code, language) for code in BY}, by)


def _cause(by: str, part: str, language: Language) -> str:
    """A part with its split, where it does not say that itself."""
    alone = [f"{one} {code}" for one, code in PHRASES]
    return (
        f"concat(if(concat({by}, ' ', {part}) IN {tuple(alone)}, '',\n"
        f"            concat({_by(by, language)}, ' ')),\n"
        f"        {_part(by, part, language)})"
    )


def _note(language: Language) -> str:
    """An incident's note, with what was said beside it."""
    code = "splitByString(': ', note)[1]"
    words = {str(note): said.of(language) for note, said in NOTES.items()}
    return (
        f"concat({_transformed(code, words, code)},\n        substring(note, length({code}) + 1))"
    )


def _causes(language: Language) -> str:
    """An incident's three largest causes and their points, or its note where there is none."""
    points, between = (_POINTS_ZH, "；") if language is Language.ZH else (" pt", "; ")
    return (
        f"if(empty(cause_by), {_note(language)}, arrayStringConcat(arraySlice(arrayMap(\n"
        f"        (by, part, points) -> concat({_cause('by', 'part', language)}, ' ',\n"
        f"            toString(round(points * 100, 2)), '{points}'),\n"
        f"        cause_by, cause_part, cause_points), 1, 3), '{between}'))"
    )


def _change(language: Language) -> str:
    """How far an incident's milestone changed, which must not be NULL."""
    points = _POINTS_ZH if language is Language.ZH else " points"
    return (
        "concat(toString(round(100 * assumeNotNull(change), 1)),\n"
        f"            if(change_kind = 'points', '{points}', ' %'))"
    )


def _metric(language: Language) -> str:
    name = "replaceAll(metric_name, '_', ' ')"
    if language is Language.EN:
        return name
    return _transformed("metric_name", {one.name: one.zh for one in ALL_MILESTONES}, name)


METRIC = _said({one: _metric(one) for one in Language})
"""SQL: what an incident's milestone is called."""

CHANGE = _said({one: _change(one) for one in Language})
"""SQL: how far it changed, with its unit."""

CAUSES = _said({one: _causes(one) for one in Language})
"""SQL: an incident's causes, or why there are none."""

FIRST = _said({one: _cause("cause_by[1]", "cause_part[1]", one) for one in Language})
"""SQL: its largest cause."""

SPLIT_BY = _said({one: _by("`by`", one) for one in Language})
"""SQL: by what a change was split."""

PART = _said({one: _part("`by`", "part", one) for one in Language})
"""SQL: one part of the split beside it."""

CELLS = (CAUSES, FIRST, PART, SPLIT_BY, METRIC, CHANGE)
"""All of them; none is within a later one, so they can be put in place one after the other."""
