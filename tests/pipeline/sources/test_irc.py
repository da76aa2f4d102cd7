"""The packaged logs against counts that another parser made, and the events against the lines."""

import csv
from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pipeline.errors import UsageError
from pipeline.pseudonym import Pseudonyms
from pipeline.sources.importing import Found, ImportSummary, run_import
from pipeline.sources.inputs import LogFile
from pipeline.sources.irc import PACKAGED_LOGS, irc_items
from pipeline.sources.irc_channel import IrcOptions, last_ms, people
from pipeline.sources.shift import WEEK_MS, Shift
from pipeline.sources.sink import LineRejection, ListSink
from schemas.chat import Chat
from schemas.envelope import ActorRole
from schemas.event import Event, parse, to_wire
from schemas.event_type import EventType
from schemas.membership import Join, JoinMethod, Leave, LeaveKind

DAILY_COUNTS = PACKAGED_LOGS.with_name("duraspace_irc_2012w09_w26.daily_counts.csv")
LONDON = ZoneInfo("Europe/London")


def imported(
    logs: list[LogFile], pseudonyms: Pseudonyms, options: IrcOptions | None = None
) -> tuple[list[Event], ImportSummary]:
    sink = ListSink()
    summary = run_import(irc_items(logs, pseudonyms, options or IrcOptions()), sink)
    return sink.events, summary


def events_of(
    pseudonyms: Pseudonyms, *lines: str, day: str = "2012-03-01", keep_text: bool = False
) -> list[Event]:
    log = LogFile(f"{day}.log", tuple(line.encode() for line in lines))
    return imported([log], pseudonyms, IrcOptions(keep_text=keep_text))[0]


def one_chat(pseudonyms: Pseudonyms, *lines: str, keep_text: bool = False) -> Chat:
    (chat,) = (
        event
        for event in events_of(pseudonyms, *lines, keep_text=keep_text)
        if isinstance(event, Chat)
    )
    return chat


@pytest.fixture(scope="module")
def history(packaged_logs: list[LogFile], pseudonyms: Pseudonyms) -> list[Event]:
    return imported(packaged_logs, pseudonyms)[0]


def test_every_day_has_the_counts_of_the_data(history: list[Event]) -> None:
    found = Counter(
        (
            str(datetime.fromtimestamp(event.event_time / 1000, LONDON).date()),
            event.event_type,
        )
        for event in history
    )
    with DAILY_COUNTS.open() as rows:
        days = list(csv.DictReader(rows))
    expected = {
        (day["date"], event_type): sum(int(day[column]) for column in columns)
        for day in days
        for event_type, columns in (
            (EventType.CHAT, ("messages", "actions")),
            (EventType.JOIN, ("joins",)),
            (EventType.LEAVE, ("parts", "quits")),
        )
    }
    assert len(days) == 125
    assert found == Counter(expected)


def test_the_span_is_18_whole_weeks(packaged_logs: list[LogFile]) -> None:
    first = datetime.fromisoformat(packaged_logs[0].name[:10])
    last = datetime.fromisoformat(packaged_logs[-1].name[:10])
    assert (first.weekday(), last.weekday(), (last - first).days) == (0, 6, 18 * 7 - 1)


def test_every_line_has_one_outcome(packaged_logs: list[LogFile], pseudonyms: Pseudonyms) -> None:
    summary = imported(packaged_logs, pseudonyms)[1]
    assert summary.as_json() == {
        "read": sum(len(log.lines) for log in packaged_logs),
        "sent": {"chat": 6_104, "join": 1_127, "leave": 1_006},
        "skipped": {
            "blank": 1,
            "disconnected": 5,
            "private": 1,
            "rename": 50,
            "server": 548,
            "topic": 254,
        },
        "rejected": {"bad_line": 127},
    }


def test_another_clients_day_goes_to_the_dead_letters(
    packaged_logs: list[LogFile], pseudonyms: Pseudonyms
) -> None:
    items = irc_items(packaged_logs, pseudonyms, IrcOptions())
    rejected = [item for item in items if isinstance(item, LineRejection)]
    assert {item.origin for item in rejected} == {"irc:2012-03-15.log"}
    (log,) = (log for log in packaged_logs if log.name == "2012-03-15.log")
    assert all(item.payload == log.lines[item.line - 1] for item in rejected)


def test_two_imports_are_the_same(
    history: list[Event], packaged_logs: list[LogFile], pseudonyms: Pseudonyms
) -> None:
    assert imported(packaged_logs, pseudonyms)[0] == history


def test_ids_are_unique(history: list[Event]) -> None:
    assert len({event.event_id for event in history}) == len(history)


def test_times_run_with_the_lines(history: list[Event]) -> None:
    """Out of place is only what the archive's keepers put in by hand on 2012-03-15."""
    times = [
        event.event_time
        for event in history
        if datetime.fromtimestamp(event.event_time / 1000, LONDON).date().isoformat()
        != "2012-03-15"
    ]
    assert times == sorted(set(times))


def test_a_shift_moves_times_by_weeks_and_makes_another_history(
    history: list[Event], packaged_logs: list[LogFile], pseudonyms: Pseudonyms
) -> None:
    moved = imported(packaged_logs, pseudonyms, IrcOptions(shift=Shift(700)))[0]
    assert [event.event_time - 700 * WEEK_MS for event in moved] == [
        event.event_time for event in history
    ]
    assert not {event.event_id for event in moved} & {event.event_id for event in history}


def test_no_nick_leaves_the_edge(history: list[Event], packaged_logs: list[LogFile]) -> None:
    persons = {event.user_id for event in history} | {
        name for event in history if isinstance(event, Chat) for name in event.mentions
    }
    nicks = set(people(packaged_logs, IrcOptions()))
    assert all(len(person or "") == 32 for person in persons)
    assert not persons & nicks


def test_what_is_written_is_what_the_contract_reads(history: list[Event]) -> None:
    assert [parse(to_wire(event)) for event in history[:500]] == history[:500]


def test_the_log_bot_is_a_bot(history: list[Event], pseudonyms: Pseudonyms) -> None:
    bot = pseudonyms.of("irc", "duralogbot")
    assert {event.actor_role for event in history if event.user_id == bot} == {ActorRole.BOT}


def test_bots_are_no_people(packaged_logs: list[LogFile]) -> None:
    found = people(packaged_logs, IrcOptions())
    assert len(found) == 82
    assert not {"duralogbot", "kompewter", "chanserv"} & set(found)


def test_other_bots_may_be_named(pseudonyms: Pseudonyms) -> None:
    log = LogFile("2012-03-01.log", (b"[9:00] <Robo> beep", b"[9:01] <DuraLogBot> beep"))
    options = IrcOptions(bots=frozenset({"robo"}))
    roles = [event.actor_role for event in imported([log], pseudonyms, options)[0]]
    assert roles == [ActorRole.BOT, ActorRole.MEMBER]


def test_history_ends_on_the_last_day(packaged_logs: list[LogFile]) -> None:
    assert datetime.fromtimestamp(last_ms(packaged_logs) / 1000, UTC).date().isoformat() == (
        "2012-07-01"
    )


def test_a_message_and_an_action_are_chats(pseudonyms: Pseudonyms) -> None:
    events = events_of(pseudonyms, "[9:00] <ann> hello", "[9:00] * ann waves")
    assert [(event.event_type, event.source_seq) for event in events] == [
        (EventType.CHAT, 1),
        (EventType.CHAT, 2),
    ]


def test_a_rename_keeps_the_person_and_is_no_event(pseudonyms: Pseudonyms) -> None:
    events = events_of(
        pseudonyms,
        "[9:00] * ann (user@host) has joined #duraspace",
        "[9:01] * ann is now known as bob",
        "[9:02] <bob> hello",
        "[9:03] * bob (user@host) Quit (bye)",
    )
    assert [type(event) for event in events] == [Join, Chat, Leave]
    assert {event.user_id for event in events} == {pseudonyms.of("irc", "ann")}


def test_a_person_is_the_same_in_the_next_days_file(pseudonyms: Pseudonyms) -> None:
    logs = [
        LogFile("2012-03-01.log", (b"[9:00] <ann> x", b"[9:01] * ann is now known as bob")),
        LogFile("2012-03-02.log", (b"[9:00] <bob> y",)),
    ]
    assert len({event.user_id for event in imported(logs, pseudonyms)[0]}) == 1


def test_joins_tell_no_method(pseudonyms: Pseudonyms) -> None:
    (join,) = events_of(pseudonyms, "[9:00] * ann (user@host) has joined #duraspace")
    assert isinstance(join, Join)
    assert join.join_method is JoinMethod.UNKNOWN


@pytest.mark.parametrize(
    ("line", "kind", "operator"),
    [
        ("* ann (user@host) has left #duraspace", LeaveKind.SELF, None),
        ("* ann (user@host) Quit (bye)", LeaveKind.SELF, None),
        ("* ann was kicked from #duraspace by Op", LeaveKind.KICKED, "op"),
    ],
)
def test_leaves_tell_their_kind(
    pseudonyms: Pseudonyms, line: str, kind: LeaveKind, operator: str | None
) -> None:
    (leave,) = events_of(pseudonyms, f"[9:00] {line}")
    assert isinstance(leave, Leave)
    assert leave.leave_kind is kind
    assert leave.operator_id == (operator and pseudonyms.of("irc", operator))


def test_text_is_measured_and_dropped(pseudonyms: Pseudonyms) -> None:
    chat = one_chat(pseudonyms, "[9:00] <ann> are you there?")
    assert (chat.text, chat.text_len, chat.is_question) == (None, 14, True)


def test_text_is_kept_on_demand(pseudonyms: Pseudonyms) -> None:
    assert one_chat(pseudonyms, "[9:00] <ann> hello", keep_text=True).text == "hello"


def test_mentions_are_of_people_present_but_the_speaker(pseudonyms: Pseudonyms) -> None:
    chat = one_chat(
        pseudonyms,
        "[9:00] * bob (user@host) has joined #duraspace",
        "[9:00] * cat (user@host) has joined #duraspace",
        "[9:01] * cat (user@host) Quit ()",
        "[9:02] <ann> ann here: bob? cat?",
    )
    assert chat.mentions == (pseudonyms.of("irc", "bob"),)


def test_bytes_that_are_no_text_are_told_by_line(pseudonyms: Pseudonyms) -> None:
    log = LogFile("2012-03-01.log", (b"[9:00] <ann> ok", b"[9:01] <ann> \xff"))
    items = list(irc_items([log], pseudonyms, IrcOptions()))
    assert [type(item) for item in items] == [Found, LineRejection]
    assert str(items[1]) == "2012-03-01.log:2 bad_line no UTF-8 at byte 13"


def test_a_day_that_is_none_is_a_usage_error(pseudonyms: Pseudonyms) -> None:
    with pytest.raises(UsageError, match="2012-02-30"):
        imported([LogFile("2012-02-30.log", (b"[9:00] <ann> x",))], pseudonyms)
