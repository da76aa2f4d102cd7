"""What has stood still for too long, by plain values."""

from __future__ import annotations

from agents.watchdog import STUCK_S, Watchdog


def looks(dog: Watchdog, count: int, seconds: float = 1.0, **moves: object) -> list[str]:
    """What the last of `count` looks tells."""
    stuck: list[str] = []
    for _ in range(count):
        stuck = dog.look(moves, seconds)
    return stuck


def test_what_does_not_move_for_the_limit_is_told_by_name() -> None:
    dog = Watchdog(stuck_s=10)
    assert looks(dog, 11, a=1, b=1) == []
    assert looks(dog, 1, a=1, b=2) == ["a"]
    assert dog.still_s("a") == 11
    assert dog.still_s("b") == 0


def test_what_stands_for_half_the_limit_is_told_beside_it() -> None:
    dog = Watchdog(stuck_s=10)
    looks(dog, 5, a=1, b=1, c=1)
    looks(dog, 1, a=1, b=2, c=2)
    assert looks(dog, 6, a=1, b=2, c=2) == ["a"]
    assert set(dog.standing()) == {"a", "b", "c"}
    assert dog.standing()[0] == "a"
    looks(dog, 1, a=1, b=3, c=2)
    assert dog.standing() == ["a", "c"]


def test_every_move_begins_anew() -> None:
    dog = Watchdog(stuck_s=10)
    for value in range(5):
        assert looks(dog, 10, a=value) == []


def test_an_excuse_begins_anew() -> None:
    dog = Watchdog(stuck_s=10)
    looks(dog, 11, a=1)
    looks(dog, 1)
    assert looks(dog, 11, a=1) == []
    assert looks(dog, 1, a=1) == ["a"]


def test_the_first_look_proves_nothing() -> None:
    assert looks(Watchdog(stuck_s=1), 1, seconds=100, a=1) == []
    assert Watchdog().still_s("never seen") == 0


def test_a_minute_is_the_limit() -> None:
    assert looks(Watchdog(), int(STUCK_S) + 1, a=1) == []
    assert looks(Watchdog(), int(STUCK_S) + 2, a=1) == ["a"]
    assert STUCK_S == 60
