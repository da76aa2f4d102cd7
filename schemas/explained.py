"""Closed lists whose members say what they mean."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Explained(StrEnum):
    """Members are written `NAME = "value", "What it means."`."""

    meaning: str

    def __new__(cls, value: str, meaning: str = "") -> Self:
        """One member; the meaning takes no part in looking it up by its value."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member
