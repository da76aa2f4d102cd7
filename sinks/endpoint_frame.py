"""A question's answer as a frame: the format to ask for, and its reading."""

from __future__ import annotations

import io

import polars as pl

from pipeline.errors import UsageError

ASKED = "Parquet"
OPTIONS = {"output_format_parquet_compression_method": "none"}
"""The format to ask for by default, and its settings: both ends are on one machine."""


def frame_of(answer: bytes, form: str) -> pl.DataFrame:
    """The rows of an answer that came in the format `form`; raises UsageError if not as asked."""
    if form != ASKED:
        raise UsageError(
            "The SQL names a FORMAT of its own", where="SQL", remedy="Leave it out; use --format."
        )
    return pl.read_parquet(io.BytesIO(answer))
