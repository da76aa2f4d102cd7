"""Persons of reference data get the same pseudonyms as in events, unless they have them already."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.pseudonym import PSEUDONYM_BYTES, Pseudonyms

_PSEUDONYM = re.compile(rf"[0-9a-f]{{{2 * PSEUDONYM_BYTES}}}")


@dataclass
class Persons:
    """Turns ids of persons on `platform` into pseudonyms.

    The key is asked for (`load`) only once a raw id turns up. With `all_raw`, also an id that
    looks like a pseudonym (32 hex digits) is a raw one.
    """

    load: Callable[[], Pseudonyms]
    platform: str
    all_raw: bool = False
    _pseudonyms: Pseudonyms | None = field(default=None, init=False)

    def pseudonym(self, person: str) -> str:
        """The name under which a person is stored. Raises what `load` raises."""
        if not self.all_raw and _PSEUDONYM.fullmatch(person):
            return person
        if self._pseudonyms is None:
            self._pseudonyms = self.load()
        return self._pseudonyms.of(self.platform, person)

    @property
    def key_id(self) -> str:
        """Key of the pseudonyms made here; '' = none was."""
        return self._pseudonyms.key_id if self._pseudonyms else ""
