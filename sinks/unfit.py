"""Raised where a value cannot be stored exactly; apart, since native.py loads a compiler."""


class Unfit(ValueError):
    """A column cannot be stored exactly as its table wants it."""
