from __future__ import annotations

import os

from tests.benchmarks.process_tree import PAGE_MB, TICKS_PER_S, Stat, Usage, usage, usage_in

LINE = (
    "4711 (a (very) odd name) S 12 4711 4711 0 -1 4194304 100 200 0 0 30 40 5 6 20 0 8 0 1000"
    " 123456789 2048 18446744073709551615 1 1 0"
)


def stat(pid: int, parent: int, ticks: int = 0, pages: int = 0) -> Stat:
    return Stat(pid, parent, ticks, pages)


def test_a_line_is_read_whatever_the_command_is_called() -> None:
    assert Stat.parse(LINE) == Stat(pid=4711, parent=12, ticks=30 + 40 + 5 + 6, pages=2048)


def test_a_tree_is_the_root_and_all_below_it() -> None:
    found = [stat(1, 0, 9, 9), stat(2, 1, 1, 10), stat(3, 2, 2, 20), stat(4, 3, 4, 40), stat(5, 1)]
    assert usage_in(found, 2) == Usage(7 / TICKS_PER_S, 70 * PAGE_MB)


def test_what_has_gone_uses_nothing() -> None:
    assert usage_in([stat(1, 0, 9, 9)], 2) == Usage()


def test_usages_add_up() -> None:
    assert sum([Usage(1, 10), Usage(2, 20)], Usage()) == Usage(3, 30)


def test_this_process_is_found() -> None:
    assert usage(os.getpid()).rss_mb > 1
