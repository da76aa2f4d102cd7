from __future__ import annotations

from sinks.question_library import names
from sinks.question_page import PATH, ROWS_SHOWN, render


def test_every_question_is_on_the_page_with_call_and_answer() -> None:
    page = render()[PATH]
    for name in names():
        part = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        assert f"[SQL]({name}.sql) · `pulse sql {name} --param" in part
        assert "| column | meaning |" in part
        assert part.count("| --- ") >= 2


def test_a_long_answer_is_cut_and_says_so() -> None:
    part = render()[PATH].partition("\n## busiest_hours\n")[2].partition("\n## ")[0]
    assert "rows in all: [busiest_hours.csv](busiest_hours.csv)" in part
    assert part.partition("pulse sql")[2].count("\n| ") == ROWS_SHOWN + 2
