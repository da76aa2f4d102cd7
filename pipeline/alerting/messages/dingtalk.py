"""DingTalk's custom robot: a markdown message, and the signature in its address."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import quote_plus

from pipeline.alerting.messages.dialect import DINGTALK
from pipeline.alerting.messages.document import Document, fitted
from pipeline.alerting.messages.encoding import encoded

LIMIT = 18_000
"""Bytes of the whole JSON; the robot takes 20,000."""


def payload(document: Document) -> dict[str, object]:
    """The JSON of one message; the title is what a phone shows of it."""
    return _payload(fitted(document, lambda one: len(encoded(_payload(one))), LIMIT))


def signed(url: str, secret: str, now_ms: int) -> str:
    """The robot's address with time and signature, as its setting "sign" (加签) asks for.

    Good for an hour. Without a secret the address stays as it is.
    """
    if not secret:
        return url
    told = f"{now_ms}\n{secret}".encode()
    digest = hmac.new(secret.encode(), told, hashlib.sha256).digest()
    join = "&" if "?" in url else "?"
    return f"{url}{join}timestamp={now_ms}&sign={quote_plus(base64.b64encode(digest))}"


def _payload(document: Document) -> dict[str, object]:
    title = DINGTALK.escape(document.title)
    parts = [f"### {title}", *map(DINGTALK.lines, document.parts)]
    return {"msgtype": "markdown", "markdown": {"title": title, "text": "\n\n".join(parts)}}
