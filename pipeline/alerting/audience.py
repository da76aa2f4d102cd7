"""Whom a rule is for: groups by name and by community type, as conditions on a rule."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pipeline.catalog.series import GROUP_INFO


@dataclass(frozen=True)
class Audience:
    """Groups that a rule watches: all, but for those left out; or only some.

    `groups`, `types`: only these; `not_groups`, `not_types`: all but these. Empty = no condition.
    """

    groups: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    not_groups: tuple[str, ...] = ()
    not_types: tuple[str, ...] = ()

    def of_types(self, types: Iterable[str]) -> Audience | None:
        """Those of it that have one of these community types; None if there can be none."""
        kept = tuple(
            one
            for one in types
            if (not self.types or one in self.types) and one not in self.not_types
        )
        return replace(self, types=kept) if kept else None

    def without_types(self, types: Iterable[str]) -> Audience:
        """Those of it that have none of these community types."""
        return replace(self, not_types=tuple(dict.fromkeys((*self.not_types, *types))))

    def without_groups(self, groups: Iterable[str]) -> Audience:
        """All of it but these groups."""
        return replace(self, not_groups=tuple(dict.fromkeys((*self.not_groups, *groups))))

    @property
    def nobody(self) -> bool:
        """Whether all types that it is for are left out."""
        return bool(self.types) and set(self.types) <= set(self.not_types)

    @property
    def labels(self) -> Mapping[str, str]:
        """What tells its rule from those of other audiences with the same name."""
        if self.groups:
            return {"scope": f"group {', '.join(self.groups)}"}
        if self.types:
            return {"scope": f"type {', '.join(self.types)}"}
        return {}

    def narrowed(self, expression: str) -> str:
        """A rule's expression, of these groups alone."""
        text = expression
        if kept := self._matchers("=~", self.groups, self.types):
            text = f"{text}\nand on (group_id)\n  {_info(kept)}"
        for left_out in (
            self._matchers("=~", self.not_groups, ()),
            self._matchers("=~", (), self.not_types),
        ):
            if left_out:
                text = f"{text}\nunless on (group_id)\n  {_info(left_out)}"
        return text

    @staticmethod
    def _matchers(operator: str, groups: Iterable[str], types: Iterable[str]) -> str:
        return ",".join(
            f"{label}{operator}{json.dumps('|'.join(map(re.escape, names)), ensure_ascii=False)}"
            for label, names in (("group_id", list(groups)), ("community_type", list(types)))
            if names
        )


EVERYBODY = Audience()


def _info(matchers: str) -> str:
    return f"max without (instance) ({GROUP_INFO.name}{{{matchers}}})"
