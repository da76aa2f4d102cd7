import pytest

from pipeline.errors import BrokerError
from pipeline.sources.importing import FAULTS_SHOWN, Found, Skipped, run_import
from pipeline.sources.sink import LineRejection, ListSink
from schemas.event import Event
from schemas.membership import Join, JoinMethod
from schemas.rejection import Reason

JOIN = Join(
    event_id="1",
    event_time=1,
    source="s",
    group_id="g",
    user_id="u",
    join_method=JoinMethod.UNKNOWN,
)


def rejection(line: int) -> LineRejection:
    return LineRejection("s", "f.csv", line, Reason.BAD_LINE, "odd", b"x")


def test_every_line_is_in_the_account() -> None:
    items = [Found(JOIN, lines=3), Skipped("header"), Skipped("noise", lines=2), rejection(7)]
    summary = run_import(items, ListSink())
    assert summary.as_json() == {
        "read": 7,
        "sent": {"join": 1},
        "skipped": {"header": 1, "noise": 2},
        "rejected": {"bad_line": 1},
    }


def test_events_and_rejections_go_where_they_belong() -> None:
    sink = ListSink()
    run_import([Found(JOIN), rejection(2)], sink)
    assert (sink.events, sink.rejections) == ([JOIN], [rejection(2)])


def test_only_the_first_faults_are_kept_to_be_shown() -> None:
    summary = run_import([rejection(n) for n in range(100)], ListSink())
    assert [fault.line for fault in summary.faults] == list(range(FAULTS_SHOWN))
    assert summary.rejected[Reason.BAD_LINE] == 100


def test_a_failing_broker_ends_the_import() -> None:
    class Broken(ListSink):
        def send(self, event: Event) -> None:
            raise BrokerError(f"gone before {event.event_id}")

    with pytest.raises(BrokerError, match="gone before 1"):
        run_import([Found(JOIN)], Broken())


def test_an_import_is_over_only_once_it_is_durable() -> None:
    class Lazy(ListSink):
        def flush(self) -> None:
            raise BrokerError("not durable")

    with pytest.raises(BrokerError, match="not durable"):
        run_import([Found(JOIN)], Lazy())
