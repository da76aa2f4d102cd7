"""A query's answer as ClickHouse sends it over HTTP: its bytes, and the headers about them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping

from aiohttp import web

from sinks.endpoint_request import Request
from sinks.readonly import Answer

_GZIP_LEVEL = 1

_TYPES = (
    ("TabSeparated", "text/tab-separated-values; charset=UTF-8"),
    ("TSV", "text/tab-separated-values; charset=UTF-8"),
    ("CSV", "text/csv; charset=UTF-8"),
    ("JSONEachRow", "application/x-ndjson; charset=UTF-8"),
    ("JSONCompactEachRow", "application/x-ndjson; charset=UTF-8"),
    ("JSONLines", "application/x-ndjson; charset=UTF-8"),
    ("NDJSON", "application/x-ndjson; charset=UTF-8"),
    ("JSON", "application/json; charset=UTF-8"),
    ("XML", "application/xml; charset=UTF-8"),
    ("Markdown", "text/markdown; charset=UTF-8"),
    ("Prometheus", "text/plain; version=0.0.4; charset=UTF-8"),
    ("ArrowStream", "application/vnd.apache.arrow.stream"),
    ("Arrow", "application/vnd.apache.arrow.file"),
    *((name, "application/octet-stream") for name in (
        "Native", "Parquet", "ORC", "Avro", "RowBinary", "MsgPack", "BSON", "Npy", "Protobuf",
        "Null", "RawBLOB", "PNG", "Buffers",
    )),
)  # fmt: skip
"""Content types by what a format's name begins with."""


def respond(answer: Answer, request: Request, headers: Mapping[str, str]) -> web.Response:
    """The whole answer, with `headers` added; compressed if the client asked for that."""
    summary = {
        "read_rows": answer.read_rows,
        "read_bytes": answer.read_bytes,
        "written_rows": 0,
        "written_bytes": 0,
        "total_rows_to_read": answer.read_rows,
        "result_rows": answer.result_rows,
        "result_bytes": len(answer.data),
        "elapsed_ns": answer.elapsed_ns,
    }
    data, encoding = answer.data, {}
    if request.gzip:
        data, encoding = gzip.compress(data, _GZIP_LEVEL), {"Content-Encoding": "gzip"}
    return web.Response(
        body=data,
        headers={
            **headers,
            **encoding,
            "X-ClickHouse-Format": answer.format,
            "X-ClickHouse-Summary": json.dumps({name: str(n) for name, n in summary.items()}),
            "Content-Type": _content_type(answer.format),
        },
    )


def _content_type(name: str) -> str:
    for begins, content_type in _TYPES:
        if name.startswith(begins):
            return content_type
    return "text/plain; charset=UTF-8"
