import pytest

from pipeline.errors import WrongHeader
from pipeline.pseudonym import Pseudonyms
from pipeline.sources.importing import ImportSummary, run_import
from pipeline.sources.roster import roster_items
from pipeline.sources.sink import ListSink
from schemas.envelope import ActorRole
from schemas.membership import Join, JoinMethod

AT_MS = 1_700_000_000_000


def imported(pseudonyms: Pseudonyms, text: str) -> tuple[ListSink, ImportSummary]:
    sink = ListSink()
    lines = text.encode().splitlines(keepends=True)
    items = roster_items(lines, "roster.csv", pseudonyms, platform="irc", at_ms=AT_MS)
    return sink, run_import(items, sink)


def test_a_row_is_an_imported_join(pseudonyms: Pseudonyms) -> None:
    sink, _ = imported(pseudonyms, "group_id,user_id\n#duraspace,ann\n")
    (join,) = sink.events
    assert isinstance(join, Join)
    assert join.join_method is JoinMethod.IMPORT
    assert (join.group_id, join.user_id) == ("#duraspace", pseudonyms.of("irc", "ann"))
    assert (join.event_time, join.actor_role) == (AT_MS, ActorRole.MEMBER)


def test_moment_and_role_may_be_given_and_columns_stand_in_any_order(
    pseudonyms: Pseudonyms,
) -> None:
    sink, _ = imported(
        pseudonyms,
        "actor_role,joined_at,note,user_id,group_id\nstaff,2023-01-01T08:00:00+08:00,x,ann,g\n",
    )
    (join,) = sink.events
    assert (join.event_time, join.actor_role) == (1_672_531_200_000, ActorRole.STAFF)


def test_ids_follow_from_the_row_and_not_from_its_place(pseudonyms: Pseudonyms) -> None:
    one, _ = imported(pseudonyms, "group_id,user_id\ng,ann\ng,bob\n")
    other, _ = imported(pseudonyms, "group_id,user_id\ng,bob\ng,ann\n")
    assert {event.event_id for event in one.events} == {event.event_id for event in other.events}


@pytest.mark.parametrize(
    ("row", "detail"),
    [
        ("g", "1 field where the header has 4"),
        ("g,,,", "user_id is empty"),
        (",ann,,", "group_id has a value that it cannot have"),
        (f"{'g' * 129},ann,,", "group_id has a value that it cannot have"),
        ("g,ann,yesterday,", "joined_at has a value that it cannot have"),
        ("g,ann,2023-01-01 08:00,", "joined_at has a value that it cannot have"),
        ("g,ann,,boss", "actor_role is none of member, staff, bot, system"),
    ],
)
def test_a_bad_row_is_told_and_the_next_one_read(
    pseudonyms: Pseudonyms, row: str, detail: str
) -> None:
    text = f"group_id,user_id,joined_at,actor_role\n{row}\n\ng,bob,,\n"
    sink, summary = imported(pseudonyms, text)
    assert [str(rejection) for rejection in sink.rejections] == [f"roster.csv:2 bad_line {detail}"]
    assert (summary.read, len(sink.events)) == (4, 1)


def test_a_wrong_header_is_told_with_what_was_expected_and_found(pseudonyms: Pseudonyms) -> None:
    with pytest.raises(WrongHeader) as refused:
        imported(pseudonyms, "group_id,user\ng,ann\n")
    assert str(refused.value) == (
        "The header lacks user_id; its columns are group_id, user (roster.csv:1). The first line"
        " has to name group_id, user_id, and if known joined_at, actor_role."
    )


def test_a_first_line_that_is_no_text_is_a_wrong_header(pseudonyms: Pseudonyms) -> None:
    with pytest.raises(WrongHeader, match="The first line is no UTF-8 at byte 0"):
        list(roster_items([b"\xff\n"], "roster.csv", pseudonyms, platform="p", at_ms=0))


def test_a_byte_order_mark_is_no_part_of_the_header(pseudonyms: Pseudonyms) -> None:
    sink, _ = imported(pseudonyms, "\ufeffgroup_id,user_id\r\ng,ann\r\n")
    assert len(sink.events) == 1
