"""Minute windows of one topic partition: the state that a fold reads and writes.

A window is a pure function of a prefix of its partition's log. `version` is the last applied
offset + 1, so of two copies of a window the one with the greater version knows more.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

WindowKey = tuple[str, int]
"""(group_id, minute), the minute as whole minutes since 1970."""


@dataclass(slots=True)
class Window:
    """One group's minute: ids seen, persons seen, and the values so far.

    `ids` and `people` also hold those of earlier epochs, which the values do not count.
    `commit` is the number of the last commit that wrote it; 0 once it came from the store.
    """

    sums: list[int]
    ids: set[int] = field(default_factory=set)
    people: set[int] = field(default_factory=set)
    distinct: int = 0
    version: int = 0
    commit: int = 0


class PartitionWindows:
    """The windows at hand of one topic partition, oldest touched first.

    A minute above `known_above` that is not here exists nowhere, so it need not be read from the
    store: `known_above` starts as the topic's highest stored minute and rises with evictions.
    """

    def __init__(self, known_above: int) -> None:
        self.known_above = known_above
        self.held = 0
        self._windows: OrderedDict[WindowKey, Window] = OrderedDict()

    def __len__(self) -> int:
        return len(self._windows)

    def unknown(self, keys: Iterable[WindowKey]) -> list[WindowKey]:
        """Those of `keys` that only the store can tell."""
        floor, windows = self.known_above, self._windows
        return [key for key in keys if key[1] <= floor and key not in windows]

    def put(self, key: WindowKey, window: Window) -> None:
        """Take in a window as the store has it."""
        self._windows[key] = window
        self.held += len(window.ids)

    def get(self, key: WindowKey, width: int) -> Window:
        """The window of `key`, now the latest touched; an empty one of `width` sums if new."""
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = Window([0] * width)
        else:
            self._windows.move_to_end(key)
        return window

    def at(self, key: WindowKey) -> Window:
        """The window of `key`, which is here."""
        return self._windows[key]

    def drop(self, from_minute: int, until_minute: int, highest: int) -> None:
        """Let go of the windows of [from_minute, until_minute), all of which are durable.

        `highest` is the latest minute among them that has a row now, in here or not.
        """
        self.known_above = max(self.known_above, highest)
        for key in [key for key in self._windows if from_minute <= key[1] < until_minute]:
            self._let_go(key)

    def evict(self, durable_commit: int, excess: int) -> int:
        """Let go of the oldest durable windows until `excess` ids are gone; return how many went.

        A window that a later commit than `durable_commit` wrote stays: the store lacks it.
        """
        gone = 0
        for key in list(self._windows):
            if gone >= excess:
                break
            window = self._windows[key]
            if window.commit > durable_commit:
                continue
            self._let_go(key)
            gone += max(1, len(window.ids))
        return gone

    def _let_go(self, key: WindowKey) -> None:
        self.held -= len(self._windows.pop(key).ids)
        self.known_above = max(self.known_above, key[1])
