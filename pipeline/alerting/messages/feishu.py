"""Feishu's and Lark's custom robot: an interactive card, and its signature."""

from __future__ import annotations

import base64
import hashlib
import hmac

from pipeline.alerting.messages.dialect import FEISHU
from pipeline.alerting.messages.document import Document, Mood, fitted
from pipeline.alerting.messages.encoding import encoded

LIMIT = 19_000
"""Bytes of the whole JSON; the robot takes 20 KB."""

TEMPLATES = {Mood.CRITICAL: "red", Mood.WARNING: "orange", Mood.ENDED: "green"}


def payload(document: Document) -> dict[str, object]:
    """The JSON of one message, unsigned."""
    return _payload(fitted(document, lambda one: len(encoded(_payload(one))), LIMIT))


def signature(secret: str, now_s: int) -> dict[str, object]:
    """What a robot with "signature verification" (签名校验) wants in the JSON; good for an hour."""
    if not secret:
        return {}
    key = f"{now_s}\n{secret}".encode()
    digest = hmac.new(key, b"", hashlib.sha256).digest()
    return {"timestamp": str(now_s), "sign": base64.b64encode(digest).decode()}


def _payload(document: Document) -> dict[str, object]:
    elements: list[object] = []
    for part in document.parts:
        elements += [{"tag": "hr"}] if elements else []
        elements.append({"tag": "div", "text": {"tag": "lark_md", "content": FEISHU.lines(part)}})
    return {
        "msg_type": "interactive",
        "card": {
            "config": {"wide_screen_mode": True},
            "header": {
                "template": TEMPLATES.get(document.mood, "grey"),
                "title": {"tag": "plain_text", "content": document.title},
            },
            "elements": elements,
        },
    }
