"""Which settings a client of the endpoint may send, and how far.

What is not named here is refused. A limit may be lowered, never raised above ours; none of the
others makes the engine read a file, open a connection or keep anything.

A longer max_execution_time is no error, though ours goes on to hold: clickhouse-go writes its own
patience there, which in Grafana is 65 s unless somebody chose another.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from pipeline.settings import EndpointSettings
from sinks.endpoint_errors import QueryFailed

THREADS = 2
"""Threads of one query: the worker lives on the same cores."""

_ABOUT_THE_ANSWER = frozenset(
    {
        "any_join_distinct_right_table_keys",
        "date_time_output_format",
        "enable_positional_arguments",
        "extremes",
        "final",
        "group_by_use_nulls",
        "interval_output_format",
        "join_use_nulls",
        "limit",
        "log_queries",
        "max_block_size",
        "offset",
        "optimize_read_in_order",
        "prefer_column_name_to_alias",
        "session_timezone",
        "union_default_mode",
        "use_client_time_zone",
    }
)
_FORMATS = (
    "output_format_arrow_",
    "output_format_csv_",
    "output_format_decimal_",
    "output_format_json_",
    "output_format_markdown_",
    "output_format_native_",
    "output_format_orc_",
    "output_format_parquet_",
    "output_format_pretty_",
    "output_format_tsv_",
    "output_format_values_",
    "output_format_write_statistics",
    "output_format_xml_",
)
_ONLY_THIS: Mapping[str, frozenset[str]] = {
    "readonly": frozenset({"1"}),
    "result_overflow_mode": frozenset({"throw"}),
    "timeout_overflow_mode": frozenset({"throw"}),
    "read_overflow_mode": frozenset({"throw"}),
}
"""Accepted only as they are set anyway."""

_PATIENCE = "max_execution_time"
_UNBOUNDED = ("max_rows_to_read", "max_bytes_to_read", "max_rows_to_group_by")
"""Limits that a client may set as it likes: unset, only time and memory bound them."""


def own_limits(settings: EndpointSettings) -> dict[str, float]:
    """The limits of every query, which a client may only lower."""
    return {
        "max_execution_time": settings.seconds,
        "max_memory_usage": settings.memory_bytes,
        "max_result_rows": settings.result_rows,
        "max_result_bytes": settings.memory_bytes // 4,  # an answer is held, and copied, whole
        "max_threads": THREADS,
    }


def accepted(name: str, value: str, limits: Mapping[str, float]) -> float | str | None:
    """What the engine is told of a client's setting, or None if nothing.

    Raises QueryFailed: 115 for a setting that is not on the list, 164 for one that a read-only
    user may not change, 452 for a limit above ours or none (0).
    """
    if name in limits or name in _UNBOUNDED:
        number = _number(name, value)
        most = limits.get(name, math.inf)
        if name == _PATIENCE:
            number = min(number, most)
        if number > most or (number == 0 and name in limits):
            raise QueryFailed(
                452, f"Setting {name} shouldn't be greater than {most:g}; it was {value}"
            )
        return number
    if name in _ONLY_THIS:
        if value not in _ONLY_THIS[name]:
            raise QueryFailed(164, f"Cannot modify '{name}' setting in readonly mode")
        return None
    if name in _ABOUT_THE_ANSWER or name.startswith(_FORMATS):
        return value
    raise QueryFailed(115, f"Setting {name} is neither known here nor open to a read-only client")


def _number(name: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number < 0:
        raise QueryFailed(36, f"Setting {name} takes a number, not {value!r}")
    return number if name == _PATIENCE else int(number)
