"""What SQL makes of an incident's codes is what everybody else says of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grafana.cause_cells import CAUSES, CELLS, CHANGE, FIRST, METRIC, PART, SPLIT_BY
from grafana.chinese import in_chinese
from grafana.library import BOARDS
from grafana.walk import sql
from pipeline.catalog.catalogue import ALL_MILESTONES
from pipeline.catalog.cause_words import (
    BY,
    NOTES,
    PARTS,
    PHRASES,
    Language,
    by_words,
    note_words,
    noted,
    part_words,
    phrase,
)
from sinks.embedded import EmbeddedStore
from sinks.store import Store

CODES = [*PHRASES, *PARTS, *((by, part) for by in BY for part in ("", "none", "wechat"))]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = EmbeddedStore(tmp_path_factory.mktemp("cells") / "store")
    yield store
    store.close()


def one_cause(by: str, part: str, language: Language) -> str:
    return (
        phrase(by, part, language) or f"{by_words(by, language)} {part_words(by, part, language)}"
    )


@pytest.mark.parametrize("language", Language)
def test_causes(store: Store, language: Language) -> None:
    found = store.query(
        f"SELECT {FIRST.of(language)} AS first, {SPLIT_BY.of(language)} AS split,"
        f" {PART.of(language)} AS alone FROM (SELECT code.1 AS `by`, code.2 AS part,"
        " [`by`] AS cause_by, [part] AS cause_part"
        f" FROM (SELECT arrayJoin({CODES}) AS code))",
    )
    assert found.rows() == [
        (
            one_cause(by, part, language),
            by_words(by, language),
            phrase(by, part, language) or part_words(by, part, language),
        )
        for by, part in CODES
    ]


@pytest.mark.parametrize("language", Language)
def test_an_incidents_three_largest_causes_or_its_note(store: Store, language: Language) -> None:
    notes = ["too few", *map(str, NOTES)]
    causes, *told = store.query(
        f"SELECT {CAUSES.of(language)} AS told FROM (SELECT"
        " arrayJoin(arrayConcat([(['tenure', 'channel', 'hour', 'hour'], '')],"
        f" arrayMap(n -> (emptyArrayString(), n), {notes}))) AS it, it.1 AS cause_by,"
        " it.2 AS note, ['new', 'kol', '9', '10'] AS parts, arraySlice(parts, 1, length(cause_by))"
        " AS cause_part, arrayMap(by -> -0.125, cause_by) AS cause_points)"
    )["told"]
    expected = {
        Language.EN: "new members -12.5 pt; channel kol -12.5 pt; hour 9 -12.5 pt",
        Language.ZH: "新成员 -12.5 个百分点；渠道 kol -12.5 个百分点；时段 9 -12.5 个百分点",
    }
    assert causes == expected[language]
    assert told == [note_words(note, language) for note in notes]


def test_a_note_keeps_what_was_said_beside_it(store: Store) -> None:
    note = noted(next(iter(NOTES)), "Code: 241")
    (told,) = store.query(
        f"SELECT {CAUSES.zh} AS told FROM (SELECT %(note)s AS note, emptyArrayString() AS cause_by,"
        " cause_by AS cause_part, emptyArrayFloat64() AS cause_points)",
        {"note": note},
    )["told"]
    assert told.endswith(": Code: 241")
    assert "拆分" in told


@pytest.mark.parametrize("language", Language)
def test_changes(store: Store, language: Language) -> None:
    told = store.query(
        f"SELECT {CHANGE.of(language)} AS told FROM (SELECT toNullable(-0.1234) AS change,"
        " arrayJoin(['points', 'relative']) AS change_kind)"
    )["told"]
    points = {Language.EN: "points", Language.ZH: "个百分点"}
    assert list(told) == [f"-12.3 {points[language]}", "-12.3 %"]


def test_milestones(store: Store) -> None:
    names = [metric.name for metric in ALL_MILESTONES]
    told = store.query(
        f"SELECT {METRIC.zh} AS told FROM (SELECT arrayJoin({[*names, 'x_y']}) AS metric_name)"
    )["told"]
    assert list(told) == [*(metric.zh for metric in ALL_MILESTONES), "x y"]


def test_each_is_on_a_board_and_chinese_on_a_chinese_one() -> None:
    asked = [text for board in BOARDS for _, text in sql(board.json())]
    said = [text for board in BOARDS for _, text in sql(in_chinese(board.json()))]
    for cell in CELLS:
        here = [place for place, text in enumerate(asked) if cell.en in text]
        assert here
        assert all(cell.zh in said[place] for place in here)
