"""Colours by Grafana's names, as the page has them: for light and for dark, as the reader likes."""

from __future__ import annotations

import re

SERIES = 8
"""How many colours a chart takes in turn."""

_NAMED = ("text", "muted", "green", "yellow", "orange", "red", "blue", "purple")
_SHADES = re.compile(r"^(?:semi-dark|dark|light|super-light)-")
_HEX = re.compile(r"#[0-9a-fA-F]{3,8}")
_GREYS = ("#8e8e8e", "gray", "grey", "transparent", "super-light-gray")


def token(name: str) -> str:
    """A name of the page's palette, or a hex colour; "text" for anything else."""
    plain = _SHADES.sub("", name.strip().lower())
    if plain in _GREYS:
        return "muted"
    if plain in _NAMED or re.fullmatch(r"s[1-8]", plain):
        return plain
    return plain if _HEX.fullmatch(plain) else "text"


def series(number: int) -> str:
    """The colour of a chart's series, counted from 0."""
    return f"s{number % SERIES + 1}"


def css(name: str) -> str:
    """For a style sheet."""
    found = token(name)
    return found if found.startswith("#") else f"var(--{found})"


def chart(name: str) -> str:
    """For a chart's options: the page's script puts in what the reader's theme has for it."""
    found = token(name)
    return found if found.startswith("#") else f"@{found}"
