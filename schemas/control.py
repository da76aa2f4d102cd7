"""Control records: orders to the worker that owns a partition, written into the log among events.

Its place in the log is what makes an order safe: whoever owns the partition, now or after any
number of restarts, obeys it at the same offset. A record with a header `pulse-control` is one if
its value says a known order; any other record of that header is judged as an event, and is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

HEADER: Final = "pulse-control"

Headers = Sequence[tuple[str, bytes | None]]


class RebuildWindows(BaseModel):
    """Compute the windows of [from_minute, until_minute) anew, from the facts before this record.

    Minutes are whole minutes since 1970. `reason` is for whoever reads the log.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    order: Literal["rebuild_windows"] = "rebuild_windows"
    from_minute: Annotated[int, Field(ge=0, lt=2**32)]
    until_minute: Annotated[int, Field(ge=0, lt=2**32)]
    reason: Annotated[str, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.until_minute <= self.from_minute:
            raise ValueError("until_minute must be after from_minute")
        return self


def record_of(order: RebuildWindows) -> tuple[bytes, list[tuple[str, bytes]]]:
    """The value and the headers of an order's record."""
    return order.model_dump_json().encode(), [(HEADER, b"1")]


def order_of(value: bytes | None, headers: Headers) -> RebuildWindows | None:
    """The order in a record; None if it is none."""
    if value is None or all(name != HEADER for name, _ in headers):
        return None
    try:
        return RebuildWindows.model_validate_json(value)
    except ValidationError:
        return None
