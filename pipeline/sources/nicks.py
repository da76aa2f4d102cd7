"""Who is behind a nick: a connection keeps the name it came with, whatever it calls itself later.

A rename keeps the person of the first nick, through any chain of renames; leaving or joining
ends the chain. Nicks that differ only in case are one, as IRC has it.

`nick_` is a person of its own until its connection ends, even if it is renamed to `nick`. It is
mostly the same human whose old connection still hangs; but the log does not say so, strangers
use such nicks too, and were they one person, the late quit of the hanging connection would
close the membership of somebody who is there and talking. So every membership opens and closes
once, at the price of counting that human twice while both connections last.
"""

from __future__ import annotations

# RFC 1459, section 2.2: {}|^ are the small letters of []\~
_SMALL = str.maketrans("[]\\~", "{}|^")


def fold_nick(nick: str) -> str:
    """The one spelling of a nick: IRC's small letters."""
    return nick.lower().translate(_SMALL)


class Nicks:
    """The people of one channel, as the log tells it."""

    def __init__(self) -> None:
        self._person: dict[str, str] = {}

    def person(self, nick: str) -> str:
        """Who speaks as `nick` now; hearing somebody shows that they are there."""
        folded = fold_nick(nick)
        return self._person.setdefault(folded, folded)

    def join(self, nick: str) -> str:
        """A new connection comes in as `nick`, and is that person."""
        folded = fold_nick(nick)
        self._person[folded] = folded
        return folded

    def leave(self, nick: str) -> str:
        """The connection known as `nick` goes; who it was."""
        folded = fold_nick(nick)
        return self._person.pop(folded, folded)

    def rename(self, old: str, new: str) -> str:
        """The connection known as `old` is `new` from now on; who it still is."""
        person = self.leave(old)
        self._person[fold_nick(new)] = person
        return person

    def present(self, nick: str) -> str | None:
        """Who is here as `nick`, None if nobody is."""
        return self._person.get(fold_nick(nick))
