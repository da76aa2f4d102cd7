"""Moved to pipeline.pseudonym."""

from pipeline.pseudonym import Pseudonyms, load_pseudonyms

__all__ = ["Pseudonyms", "load_pseudonyms"]
