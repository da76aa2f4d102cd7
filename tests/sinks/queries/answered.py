"""What the named questions answer on the example community, as it is committed."""

from __future__ import annotations

import polars as pl

from pipeline.cli.answers import csv_text
from sinks.question import Question
from sinks.question_values import values
from sinks.store import Store
from tests.sinks.queries.community import ZONE

TODAY_MS = 1_794_798_000_000
"""2026-11-16 11:00 in Shanghai: what is today in the examples."""


def answer(store: Store, question: Question, **given: str) -> pl.DataFrame:
    """The answer to a question asked as its example is, with changes to it."""
    asked = {**question.example, **given}
    bound = values(question, asked, now_ms=TODAY_MS, zone=ZONE)
    return store.query(question.sql, bound)


def written_answer(store: Store, question: Question) -> str:
    """The answer to the example as CSV."""
    return csv_text(answer(store, question))
