"""What a person is told of a value that pydantic refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def reason(fault: Mapping[str, Any]) -> str:
    """What one of pydantic's `errors()` says is wrong, without its own words before ours."""
    return str(fault["msg"]).removeprefix("Value error, ")
