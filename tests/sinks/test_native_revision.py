"""Native for younger clients: an independent reader finds the engine's types and values in it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from chdb.session import Session
from clickhouse_driver import Client
from clickhouse_driver.bufferedreader import BufferedSocketReader
from clickhouse_driver.connection import ServerInfo
from clickhouse_driver.context import Context
from clickhouse_driver.streams.native import BlockInputStream

from sinks.endpoint_errors import QueryFailed
from sinks.native_revision import reframe

GO = 54_460
"""What clickhouse-go 2.47 names; from 54454 on each column has a byte for its serialisation."""
CONNECT = 54_405
"""What clickhouse-connect 1.12 names."""

SERVED = {
    "toUInt64(number)": [0, 1, 2],
    "toInt128(-number)": [0, -1, -2],
    "number / 2": [0.0, 0.5, 1.0],
    "toString(number)": ["0", "1", "2"],
    "repeat('x', number * 200)": ["", "x" * 200, "x" * 400],
    "toFixedString('ab', 2)": ["ab"] * 3,
    "if(number = 1, NULL, number)": [0, None, 2],
    "toDate('2024-01-02')": None,
    "toDateTime(1700000000, 'UTC')": None,
    "toDateTime(1700000000, 'Asia/Shanghai')": None,
    "toDateTime64(1700000000.123, 3, 'UTC')": None,
    "toDateTime64(1700000000, 3)": None,
    "toDecimal64(number, 2)": None,
    "toDecimal128(number, 2)": None,
    "CAST('it''s' AS Enum8('it''s' = -2))": ["it's"] * 3,
    "CAST('b' AS Enum16('b' = 1000))": ["b"] * 3,
    "toUUID('00000000-0000-0000-0000-000000000001')": None,
    "toIPv4('1.2.3.4')": None,
    "toIPv6('::1')": None,
    "number = 1": [0, 1, 0],
    "true": [True] * 3,
    "range(number)": [[], [0], [0, 1]],
    "CAST([1, NULL], 'Array(Nullable(Int32))')": [[1, None]] * 3,
    "[range(number), [7]]": [[[], [7]], [[0], [7]], [[0, 1], [7]]],
    "toLowCardinality(concat('k', toString(number % 2)))": ["k0", "k1", "k0"],
    "CAST(if(number = 1, NULL, 'a'), 'LowCardinality(Nullable(String))')": ["a", None, "a"],
    "CAST(['a', 'b'], 'Array(LowCardinality(String))')": [["a", "b"]] * 3,
    "CAST([], 'Array(LowCardinality(String))')": [[]] * 3,
    "map('a', number)": [{"a": 0}, {"a": 1}, {"a": 2}],
    "map('a', toLowCardinality('b'))": [{"a": "b"}] * 3,
    "(number, 'a')": [(0, "a"), (1, "a"), (2, "a")],
    "CAST((1, 'a'), 'Tuple(x UInt8, `y z` String)')": None,
    "INTERVAL 3 DAY": None,
    "NULL": None,
}  # fmt: skip
"""Expressions over the rows 0, 1, 2; None: what JSON shows is what the reader must find."""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    opened = Session(str(tmp_path_factory.mktemp("native") / "store"))
    yield opened
    opened.close()


def native(session: Session, sql: str) -> bytes:
    setting = "output_format_native_encode_types_in_binary_format = 1"
    return bytes(session.query(f"{sql} SETTINGS {setting}", "Native").bytes())


def decoded(data: bytes, revision: int) -> list[Any]:
    """Blocks as clickhouse-driver reads them, each with `columns_with_types` and its columns."""
    context = Context()
    context.server_info = ServerInfo("x", 26, 9, 0, revision, "UTC", "x", revision)
    context.settings, context.client_settings = {}, Client("nowhere").client_settings
    ours, theirs = socket.socketpair()
    sender = Thread(target=lambda: (theirs.sendall(data), theirs.close()))
    sender.start()
    stream = BlockInputStream(BufferedSocketReader(ours, 1 << 16), context)
    blocks = []
    while True:
        try:
            blocks.append(stream.read())
        except EOFError:
            break
    sender.join()
    ours.close()
    return blocks


def types(session: Session, sql: str) -> list[tuple[str, str]]:
    meta = json.loads(session.query(sql, "JSONCompact").bytes())["meta"]
    return [(column["name"], column["type"]) for column in meta]


@pytest.mark.parametrize("revision", [CONNECT, GO])
@pytest.mark.parametrize("expression", SERVED)
def test_a_column_arrives_with_its_type_and_values(
    session: Session, expression: str, revision: int
) -> None:
    sql = f"SELECT {expression} AS c, 7 AS tail FROM numbers(3)"
    expected_types = types(session, sql)
    if "Interval" in expected_types[0][1] or "Nothing" in expected_types[0][1]:
        # clickhouse-driver cannot read these; that the next column is found shows their length
        data = reframe(native(session, sql), revision)
        assert expected_types[0][1].encode() in data
        assert data.endswith(b"\x04tail\x05UInt8" + b"\0" * (revision >= GO) + b"\7\7\7")
        return
    (block,) = decoded(reframe(native(session, sql), revision), revision)
    assert block.columns_with_types == expected_types
    assert block.get_column_by_index(1) == (7, 7, 7)
    values = list(block.get_column_by_index(0))
    if SERVED[expression] is not None:
        assert values == SERVED[expression]
    else:
        assert len(values) == 3


def test_a_zone_survives(session: Session) -> None:
    sql = "SELECT toDateTime(1700000000, 'Asia/Shanghai') AS t"
    (block,) = decoded(reframe(native(session, sql), GO), GO)
    assert block.columns_with_types == [("t", "DateTime('Asia/Shanghai')")]
    (moment,) = block.get_column_by_index(0)
    assert moment.isoformat() == "2023-11-15T06:13:20+08:00"


def test_many_blocks_of_long_and_short_strings(session: Session) -> None:
    sql = "SELECT number, repeat('y', number % 300) AS s FROM numbers(150000)"
    blocks = decoded(reframe(native(session, sql), GO), GO)
    assert len(blocks) > 1
    numbers = [n for block in blocks for n in block.get_column_by_index(0)]
    lengths = [len(s) for block in blocks for s in block.get_column_by_index(1)]
    assert numbers == list(range(150_000))
    assert lengths == [number % 300 for number in range(150_000)]


def test_nothing_stays_nothing_and_old_clients_get_what_the_engine_wrote() -> None:
    assert reframe(b"", GO) == b""
    assert reframe(b"anything", 0) == b"anything"


@pytest.mark.parametrize(
    "expression", ["sumState(1)", "CAST('{}', 'JSON')", "CAST(1, 'Variant(UInt8, String)')"]
)
def test_a_type_that_is_not_served_is_an_error_with_a_way_out(
    session: Session, expression: str
) -> None:
    with pytest.raises(QueryFailed, match="toString"):
        reframe(native(session, f"SELECT {expression}"), GO)
