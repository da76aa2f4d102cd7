"""Which settings are taken, and that no limit is ever raised."""

from __future__ import annotations

import pytest

from pipeline.settings import EndpointSettings
from sinks.endpoint_errors import QueryFailed
from sinks.endpoint_settings import accepted, own_limits

LIMITS = own_limits(EndpointSettings(seconds=30, memory_bytes=10**9, result_rows=1_000))


def test_all_queries_at_once_fit_beside_a_worker() -> None:
    settings = EndpointSettings()
    limits = own_limits(settings)
    assert settings.queries * limits["max_memory_usage"] <= 2_000_000_000
    assert settings.queries * limits["max_result_bytes"] <= 500_000_000


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("max_execution_time", "5", 5),
        ("max_execution_time", "0.5", 0.5),
        ("max_execution_time", "65", 30),  # Grafana's patience: ours holds
        ("max_memory_usage", "1000000", 1_000_000),
        ("max_result_rows", "1000", 1_000),
        ("max_threads", "1", 1),
        ("max_rows_to_read", "123456789012", 123_456_789_012),
        ("limit", "100", "100"),
        ("output_format_json_quote_64bit_integers", "1", "1"),
        ("readonly", "1", None),
        ("result_overflow_mode", "throw", None),
    ],
)
def test_taken(name: str, value: str, taken: float | str | None) -> None:
    assert accepted(name, value, LIMITS) == taken


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("max_memory_usage", "1000000001", 452),
        ("max_result_rows", "1001", 452),
        ("max_result_bytes", "99999999999", 452),
        ("max_threads", "64", 452),
        ("max_memory_usage", "0", 452),  # 0 = without limit
        ("max_result_rows", "0", 452),
        ("max_execution_time", "0", 452),
        ("max_execution_time", "-1", 36),
        ("max_execution_time", "nan", 36),
        ("max_execution_time", "soon", 36),
        ("readonly", "0", 164),
        ("readonly", "2", 164),
        ("result_overflow_mode", "break", 164),
        ("timeout_overflow_mode", "break", 164),
        ("max_query_size", "99999999", 115),
        ("allow_ddl", "1", 115),
        ("allow_introspection_functions", "1", 115),
        ("additional_result_filter", "1", 115),
        ("format_schema", "x.proto", 115),
        ("format_template_resultset", "secret.txt", 115),
        ("output_format_template_resultset", "secret.txt", 115),
        ("dialect", "prql", 115),
        ("role", "owner", 115),
        ("no_such_setting", "1", 115),
        ("", "1", 115),
    ],
)
def test_refused(name: str, value: str, code: int) -> None:
    with pytest.raises(QueryFailed) as caught:
        accepted(name, value, LIMITS)
    assert caught.value.code == code
