"""Native blocks of the oldest revision -> those that a client of a younger one expects.

The embedded engine writes Native without block info, without the byte that announces a column's
serialisation, and with types in their binary form (asked for, because in text the oldest revision
drops the zone of a DateTime). Clients that name a `client_protocol_version`, such as Grafana's,
read all three the new way. Only lengths are read here, never values.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from sinks.endpoint_errors import QueryFailed

WITH_SERIALISATION_BYTE = 54454
BLOCK_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"
"""Not of an overflow row, of no bucket."""

_FIXED: dict[int, tuple[str, int]] = {
    0x00: ("Nothing", 1),
    0x01: ("UInt8", 1),
    0x02: ("UInt16", 2),
    0x03: ("UInt32", 4),
    0x04: ("UInt64", 8),
    0x05: ("UInt128", 16),
    0x06: ("UInt256", 32),
    0x07: ("Int8", 1),
    0x08: ("Int16", 2),
    0x09: ("Int32", 4),
    0x0A: ("Int64", 8),
    0x0B: ("Int128", 16),
    0x0C: ("Int256", 32),
    0x0D: ("Float32", 4),
    0x0E: ("Float64", 8),
    0x0F: ("Date", 2),
    0x10: ("Date32", 4),
    0x11: ("DateTime", 4),
    0x1D: ("UUID", 16),
    0x28: ("IPv4", 4),
    0x29: ("IPv6", 16),
    0x2D: ("Bool", 1),
    0x31: ("BFloat16", 2),
    0x32: ("Time", 4),
}
_DECIMAL_BYTES = {0x19: 4, 0x1A: 8, 0x1B: 16, 0x1C: 32}
_INTERVALS = (
    "Nanosecond", "Microsecond", "Millisecond", "Second", "Minute", "Hour", "Day", "Week",
    "Month", "Quarter", "Year",
)  # fmt: skip
_INDEX_BYTES = (1, 2, 4, 8)

Skip = Callable[["_Reader", int], None]


class _Type:
    """A type: its name as text, and how to pass over its prefix and its values."""

    def __init__(
        self,
        name: str,
        values: Skip,
        prefix: Callable[[_Reader], None] | None = None,
        *,
        not_null: _Type | None = None,
    ) -> None:
        self.name = name
        self.values = values
        self.prefix = prefix or (lambda _: None)
        self.not_null = not_null or self


class _Reader:
    """A place in the bytes of an answer."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def byte(self) -> int:
        value = self.data[self.at]
        self.at += 1
        return value

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def text(self) -> str:
        return self.raw(self.varint()).decode()

    def raw(self, length: int) -> bytes:
        found = self.data[self.at : self.at + length]
        self.at += length
        return found

    def uint64(self) -> int:
        (value,) = struct.unpack_from("<Q", self.data, self.at)
        self.at += 8
        return int(value)

    def skip_strings(self, rows: int) -> None:
        data, at = self.data, self.at
        for _ in range(rows):
            length = data[at]
            at += 1
            if length > 127:  # the rare long one
                self.at = at - 1
                length = self.varint()
                at = self.at
            at += length
        self.at = at


def reframe(data: bytes, revision: int) -> bytes:
    """The same blocks for a client of `revision`; QueryFailed 48 for a type not known here."""
    if not revision:
        return data
    reader, out = _Reader(data), []
    while reader.at < len(data):
        columns, rows = reader.varint(), reader.varint()
        out += [BLOCK_INFO, _varint(columns), _varint(rows)]
        for _ in range(columns):
            name = reader.raw(reader.varint())
            kind = _read_type(reader)
            out += [_string(name), _string(kind.name.encode())]
            if revision >= WITH_SERIALISATION_BYTE:
                out.append(b"\0")
            begins = reader.at
            if rows:
                kind.prefix(reader)
                kind.values(reader, rows)
            out.append(data[begins : reader.at])
    return b"".join(out)


def _read_type(reader: _Reader) -> _Type:  # noqa: PLR0911, PLR0912  (one line a type)
    code = reader.byte()
    if code in _FIXED:
        return _fixed(*_FIXED[code])
    if code in _DECIMAL_BYTES:
        return _fixed(f"Decimal({reader.byte()}, {reader.byte()})", _DECIMAL_BYTES[code])
    match code:
        case 0x12:
            return _fixed(f"DateTime({_quoted(reader.text())})", 4)
        case 0x13:
            return _fixed(f"DateTime64({reader.byte()})", 8)
        case 0x14:
            return _fixed(f"DateTime64({reader.byte()}, {_quoted(reader.text())})", 8)
        case 0x15:
            return _Type("String", _Reader.skip_strings)
        case 0x16:
            width = reader.varint()
            return _fixed(f"FixedString({width})", width)
        case 0x17 | 0x18:
            return _enum(reader, 1 if code == 0x17 else 2)
        case 0x1E:
            return _array(_read_type(reader))
        case 0x1F | 0x20:
            return _tuple(reader, named=code == 0x20)
        case 0x22:
            return _fixed(f"Interval{_INTERVALS[reader.byte()]}", 8)
        case 0x23:
            return _nullable(_read_type(reader))
        case 0x26:
            return _low_cardinality(_read_type(reader))
        case 0x27:
            key, value = _read_type(reader), _read_type(reader)
            pairs = _array(_of_parts("", [key, value]))
            return _Type(f"Map({key.name}, {value.name})", pairs.values, pairs.prefix)
    raise QueryFailed(
        48, f"A column's type (code {code:#04x}) is not served in Native; use toString() or JSON"
    )


def _fixed(name: str, width: int) -> _Type:
    def values(reader: _Reader, rows: int) -> None:
        reader.at += width * rows

    return _Type(name, values)


def _enum(reader: _Reader, width: int) -> _Type:
    parts = []
    for _ in range(reader.varint()):
        label = reader.text()
        number = int.from_bytes(reader.raw(width), "little", signed=True)
        parts.append(f"{_quoted(label)} = {number}")
    return _fixed(f"Enum{8 * width}({', '.join(parts)})", width)


def _array(inner: _Type) -> _Type:
    def values(reader: _Reader, rows: int) -> None:
        if rows:
            reader.at += 8 * (rows - 1)
            inner.values(reader, reader.uint64())  # the last offset is the number of elements

    return _Type(f"Array({inner.name})", values, inner.prefix)


def _nullable(inner: _Type) -> _Type:
    def values(reader: _Reader, rows: int) -> None:
        reader.at += rows
        inner.values(reader, rows)

    return _Type(f"Nullable({inner.name})", values, inner.prefix, not_null=inner)


def _tuple(reader: _Reader, *, named: bool) -> _Type:
    parts, texts = [], []
    for _ in range(reader.varint()):
        label = f"{_identifier(reader.text())} " if named else ""
        parts.append(_read_type(reader))
        texts.append(label + parts[-1].name)
    return _of_parts(f"Tuple({', '.join(texts)})", parts)


def _of_parts(name: str, parts: list[_Type]) -> _Type:
    def prefix(reader: _Reader) -> None:
        for part in parts:
            part.prefix(reader)

    def values(reader: _Reader, rows: int) -> None:
        for part in parts:
            part.values(reader, rows)

    return _Type(name, values, prefix)


def _low_cardinality(inner: _Type) -> _Type:
    keys = inner.not_null  # a key stands for NULL, so the keys are plain

    def prefix(reader: _Reader) -> None:
        reader.at += 8  # the version of the keys

    def values(reader: _Reader, rows: int) -> None:
        if rows:
            width = _INDEX_BYTES[reader.uint64() & 0xFF]
            keys.values(reader, reader.uint64())
            indices = reader.uint64()
            reader.at += width * indices

    return _Type(f"LowCardinality({inner.name})", values, prefix)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _string(value: bytes) -> bytes:
    return _varint(len(value)) + value


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _identifier(text: str) -> str:
    if text.isidentifier() and text.isascii():
        return text
    escaped = text.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`"
