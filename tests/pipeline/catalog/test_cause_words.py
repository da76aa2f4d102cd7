"""Causes and notes of incidents in words: nothing that is stored lacks them in either language."""

from __future__ import annotations

import re

import pytest

from pipeline.catalog.cause_words import (
    BY,
    NOTES,
    PARTS,
    PHRASES,
    Language,
    Note,
    by_words,
    note_words,
    noted,
    part_words,
    phrase,
)
from pipeline.catalog.causes import SPLITS, STEPS
from pipeline.catalog.dimensions import TABLES
from pipeline.rollup import stored_parts
from pipeline.rollup.causes import STEP
from schemas.acquisition import PushKind
from schemas.service import SessionKind

HAN = re.compile(r"[\u4e00-\u9fff]")
EN, ZH = Language.EN, Language.ZH


def test_whatever_a_change_is_split_by_has_a_name() -> None:
    splits = {split.name for split in SPLITS} | set(stored_parts.BY.values())
    assert splits | {stored_parts.SLICE, STEP} == set(BY)
    assert all(HAN.search(by_words(by, ZH)) for by in BY)


def test_every_part_of_a_closed_list_has_a_name() -> None:
    roles = next(
        column.values
        for table in TABLES
        if table.name == "dim_member_role"
        for column in table.columns
        if column.name == "role"
    )
    steps = [name for ways in STEPS.values() for names, _ in ways for name in names]
    closed = {
        *(("role", one) for one in roles),
        *(("kind", str(one)) for one in SessionKind),
        *(("push", str(one)) for one in PushKind),
        *((STEP, one) for one in steps),
        ("channel", "unknown"),
    }
    assert closed == set(PARTS)
    assert part_words("push", "group_broadcast", ZH) == "群发"
    assert part_words("push", "group_broadcast", EN) == "group broadcast"


def test_ids_are_told_as_they_are_and_none_as_none() -> None:
    assert part_words("channel", "wechat", ZH) == "wechat"
    assert part_words("campaign", "none", EN) == "(none)"
    assert part_words("campaign", "", ZH) == "（无）"
    assert by_words("shoe size", ZH) == "shoe size"


def test_some_parts_need_no_split_beside_them() -> None:
    assert {phrase(by, part, EN) for by, part in PHRASES} == {
        "members without a role",
        "new members",
        "older members",
    }
    assert phrase("tenure", "new", ZH) == "新成员"
    assert phrase("channel", "new", ZH) == ""


@pytest.mark.parametrize("note", Note)
def test_every_note_is_said_in_both_languages(note: Note) -> None:
    said = NOTES[note]
    assert HAN.search(said.zh) and not HAN.search(said.en)
    assert note_words(note, EN) == said.en
    assert note_words(note, ZH) == said.zh
    assert note_words(noted(note, "chdb:x: away"), EN) == f"{said.en}: chdb:x: away"
    assert note_words(noted(note, "chdb:x: away"), ZH) == f"{said.zh}：chdb:x: away"


@pytest.mark.parametrize("note", Note)
def test_a_note_that_was_stored_as_a_sentence_is_said_in_both_too(note: Note) -> None:
    said = NOTES[note]
    assert (note_words(said.en, EN), note_words(said.en, ZH)) == (said.en, said.zh)


def test_an_old_sentence_keeps_what_was_said_beside_it() -> None:
    old = "the causes could not be found: Timeout: 30 s"
    assert note_words(old, EN) == old
    assert note_words(old, ZH) == "未能查明原因：Timeout: 30 s"


@pytest.mark.parametrize("note", ["", "too few to split", "somebody: wrote this"])
def test_what_is_no_note_of_ours_is_told_as_it_is(note: str) -> None:
    assert note_words(note, EN) == note_words(note, ZH) == note
