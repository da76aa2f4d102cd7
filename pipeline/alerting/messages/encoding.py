"""The bytes of a payload, as they are measured and sent."""

from __future__ import annotations

import json


def encoded(payload: object) -> bytes:
    """The payload as JSON in UTF-8, without escapes for what is not ASCII."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
