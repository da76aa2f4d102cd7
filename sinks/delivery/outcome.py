"""How an attempt to deliver failed: later, or never like this."""

from __future__ import annotations

from pipeline.errors import PulseError


class DeliveryError(PulseError):
    """A message was not delivered. `where` never holds an address, which may be a secret."""


class Later(DeliveryError):
    """It may be taken later; `after_s` is how long the other side wants to be left alone."""

    def __init__(
        self, what: str, *, where: str = "", remedy: str = "", after_s: float = 0.0
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.after_s = after_s


class Refused(DeliveryError):
    """It will not be taken before somebody changes a setting, here or there."""
