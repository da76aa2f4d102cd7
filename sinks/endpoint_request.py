"""One HTTP request in ClickHouse's manner -> what is asked, by whom; no network, no engine."""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sinks.endpoint_errors import NO_PASSWORD, WRONG_PASSWORD, QueryFailed

DEFAULT_FORMAT = "TabSeparated"
USER = "default"

_SIGN_IN = ("user", "password")
_SIGN_IN_HEADERS = ("Authorization", "X-ClickHouse-User", "X-ClickHouse-Key")
_OWN = frozenset(
    {
        "query",
        "database",
        "default_format",
        "query_id",
        "compress",
        "client_protocol_version",
        *_SIGN_IN,
    }
)
_TRANSPORT = frozenset(
    {
        "add_http_cors_header",
        "buffer_size",
        "cancel_http_readonly_queries_on_client_close",
        "close_session",
        "decompress",
        "enable_http_compression",
        "http_headers_progress_interval_ms",
        "http_write_exception_in_output_format",
        "http_zlib_compression_level",
        "log_comment",
        "quota_key",
        "send_progress_in_http_headers",
        "session_check",
        "session_id",
        "session_timeout",
        "stacktrace",
        "wait_end_of_query",
    }
)
"""Taken, for real clients send them, and without effect here: every request stands alone, is
answered whole, and ends when its client goes away."""


@dataclass(frozen=True)
class Request:
    """What a client asks; `settings` are still as it sent them."""

    text: str
    database: str = ""
    default_format: str = DEFAULT_FORMAT
    query_id: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    gzip: bool = False
    revision: int = 0
    """Protocol version of the client, for Native; 0 = as old as can be."""


def parse_request(
    url: Iterable[tuple[str, str]],
    headers: Mapping[str, str],
    *,
    body: str = "",
    form: Iterable[tuple[str, str]] = (),
) -> Request:
    """Read the parts of a request; a query in the URL goes before one in the body.

    `form` are the fields of a multipart body. Raises QueryFailed for what is not done here.
    """
    fields = [*url, *form]
    given = dict(fields)
    texts = [value for name, value in fields if name == "query"]
    if body:
        texts.append(body)
    if given.get("compress", "0") not in ("0", "false"):
        raise QueryFailed(48, "compress=1 is not served; ask for gzip by Accept-Encoding")
    if given.get("decompress", "0") not in ("0", "false"):
        raise QueryFailed(48, "decompress=1 is not served; send the query as it is")
    wants_gzip = "gzip" in headers.get("Accept-Encoding", "")
    return Request(
        text="\n".join(texts),
        database=given.get("database") or headers.get("X-ClickHouse-Database", ""),
        default_format=given.get("default_format")
        or headers.get("X-ClickHouse-Format")
        or DEFAULT_FORMAT,
        query_id=given.get("query_id", ""),
        params={
            name.removeprefix("param_"): value
            for name, value in fields
            if name.startswith("param_")
        },
        settings={
            name: value
            for name, value in fields
            if name not in _OWN and name not in _TRANSPORT and not name.startswith("param_")
        },
        gzip=wants_gzip and given.get("enable_http_compression") in ("1", "true"),
        revision=_whole(given.get("client_protocol_version", "0")),
    )


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise QueryFailed(36, f"client_protocol_version takes a number, not {text!r}")
    return int(text)


def check_password(password: str, url: Mapping[str, str], headers: Mapping[str, str]) -> None:
    """Raise QueryFailed unless user `default` shows `password`; without one all may ask.

    194 for who shows nothing at all, so that a browser asks its user; 516 for who is wrong.
    """
    if not password:
        return
    if not any(name in url for name in _SIGN_IN) and not any(
        name in headers for name in _SIGN_IN_HEADERS
    ):
        raise QueryFailed(NO_PASSWORD, "Authentication failed: a password is required")
    user, shown = _sign_in(url, headers)
    if not (
        hmac.compare_digest(shown.encode(), password.encode())
        & hmac.compare_digest(user.encode(), USER.encode())
    ):
        raise QueryFailed(
            WRONG_PASSWORD,
            f"{user}: Authentication failed: password is incorrect, or there is no user "
            "with such name. The user is `default`, the password PULSE_ENDPOINT__PASSWORD.",
        )


def _sign_in(url: Mapping[str, str], headers: Mapping[str, str]) -> tuple[str, str]:
    scheme, _, encoded = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, shown = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise QueryFailed(WRONG_PASSWORD, "Authentication failed: not a Basic header") from None
        return user or USER, shown
    if "X-ClickHouse-User" in headers or "X-ClickHouse-Key" in headers:
        return headers.get("X-ClickHouse-User", USER), headers.get("X-ClickHouse-Key", "")
    return url.get("user", USER), url.get("password", "")


def check_origin(own_host: str, headers: Mapping[str, str]) -> None:
    """Raise QueryFailed 497 for a request that a foreign web page could have made.

    A browser says so itself in Sec-Fetch-Site; a script or an image tells nothing else. Names are
    looked at on a loopback address only: there a page may reach us under a name of its own that it
    lets point here. Elsewhere names are the operator's business.
    """
    site = headers.get("Sec-Fetch-Site", "none")
    if site not in ("none", "same-origin"):
        raise QueryFailed(497, f"Asked by a web page of another site ({site!r}): access denied")
    if not is_loopback(own_host):
        return
    for header in ("Host", "Origin"):
        value = headers.get(header)
        if value is None:
            continue
        name = urlsplit(value if "//" in value else f"//{value}").hostname or ""
        if name != own_host.lower() and not is_loopback(name):
            raise QueryFailed(497, f"{header} {value!r} is not this machine: access denied")


def is_loopback(name: str) -> bool:
    """Whether a host of this name or address is this machine, whoever is asked."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def url_of(host: str, port: int) -> str:
    """Where this machine reaches an endpoint that listens on `host`."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  (not bound)
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"
