"""When the process leaves because its stream is dead."""

from agents.watchdog import STUCK_S, Watchdog


def ask(
    dog: Watchdog, now: float, *, waiting: int = 5, ack: float = 0, healthy: bool = True
) -> bool:
    return dog.is_stuck(now_s=now, waiting=waiting, last_progress_s=ack, store_healthy=healthy)


def test_waiting_records_without_an_ack_for_a_minute_is_stuck() -> None:
    dog = Watchdog()
    assert not ask(dog, 100)
    assert not ask(dog, 100 + STUCK_S)
    assert ask(dog, 101 + STUCK_S)


def test_an_ack_starts_the_minute_anew() -> None:
    dog = Watchdog()
    ask(dog, 100)
    assert not ask(dog, 101 + STUCK_S, ack=120)


def test_nothing_waiting_is_never_stuck() -> None:
    dog = Watchdog()
    ask(dog, 100)
    assert not ask(dog, 500, waiting=0)
    assert not ask(dog, 501)


def test_an_absent_store_is_an_excuse() -> None:
    dog = Watchdog()
    ask(dog, 100)
    assert not ask(dog, 500, healthy=False)
    assert not ask(dog, 501)
