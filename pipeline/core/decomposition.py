"""Why a rate fell: an exact split of its change into what its parts did.

A rate over a whole is the mean of its parts' rates, weighted by their shares of the denominator.
It changes because rates within parts change, and because the weights do (mix). The split is the
symmetric one of Marshall and Edgeworth (price and quantity indices): each effect is taken at the
mean of the other, so nothing is left over, and before and after are alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Part:
    """What one part of the whole has: a numerator over a denominator, neither negative.

    Mostly a share, but a part may also have a numerator alone.
    """

    numerator: float
    denominator: float


@dataclass(frozen=True)
class Contribution:
    """What one part adds to the change of the rate of the whole, in points of that rate.

    `rate`: its own rate changed; `mix`: its weight did. A part that is there only before or only
    after has no rate to compare, so all it does is mix.
    """

    part: str
    rate: float
    mix: float

    @property
    def total(self) -> float:
        """Both together."""
        return self.rate + self.mix


def rate_of(parts: Iterable[Part]) -> float | None:
    """The rate of parts together; None without a denominator."""
    pairs = [(part.numerator, part.denominator) for part in parts]
    whole = sum(denominator for _, denominator in pairs)
    return sum(numerator for numerator, _ in pairs) / whole if whole else None


def contributions(
    before: Mapping[str, Part], after: Mapping[str, Part]
) -> tuple[Contribution, ...]:
    """Each part's contribution to (rate after - rate before), those that pull down most first.

    Nothing if there is no rate before or none after.
    """
    first, last = rate_of(before.values()), rate_of(after.values())
    if first is None or last is None:
        return ()
    middle = (first + last) / 2
    weights = tuple(sum(part.denominator for part in parts.values()) for parts in (before, after))
    found = [
        contribution_of(
            name,
            before.get(name, _NOTHING),
            after.get(name, _NOTHING),
            weights=(weights[0], weights[1]),
            middle=middle,
        )
        for name in before.keys() | after.keys()
    ]
    return tuple(sorted(found, key=lambda one: (one.total, one.part)))


_NOTHING = Part(0, 0)


def contribution_of(
    name: str, before: Part, after: Part, *, weights: tuple[float, float], middle: float
) -> Contribution:
    """What one part adds to the change of a whole.

    `weights`: the denominators of the whole before and after; `middle`: the mean of its two rates.
    It depends on no other part, so the parts of any partition add up.
    """
    old, new = before.denominator / weights[0], after.denominator / weights[1]
    old_rate, new_rate = _rate(before), _rate(after)
    if old_rate is None or new_rate is None:
        added = after.numerator / weights[1] - before.numerator / weights[0]
        return Contribution(name, 0.0, added - (new - old) * middle)
    return Contribution(
        name,
        (new_rate - old_rate) * (old + new) / 2,
        (new - old) * ((old_rate + new_rate) / 2 - middle),
    )


def _rate(part: Part) -> float | None:
    return part.numerator / part.denominator if part.denominator else None


def steps(before: Sequence[float], after: Sequence[float]) -> tuple[float, ...]:
    """How much each step of a funnel adds to the change of its last count.

    `before`, `after`: how many reached each step, never more than the one before; the first is
    what came in. Step k's part is what its own conversion changed, with what came in as it is
    after and all later conversions as they were before: the identity of METRICS I11, step after
    step, so the parts add up to the change.
    """
    added = [after[0] - before[0]]
    rates = [(later / sooner if sooner else 0.0) for sooner, later in pairwise(before)]
    for place in range(1, len(before)):
        added = [one * rates[place - 1] for one in added]
        added.append(after[place] - after[place - 1] * rates[place - 1])
    return tuple(added)


def rate_steps(before: Sequence[float], after: Sequence[float]) -> tuple[float, ...]:
    """`steps` of a rate: what each step after the first adds to the change of (last / first).

    Nothing where nobody came in, before or after.
    """
    if not before[0] or not after[0]:
        return ()
    return steps([one / before[0] for one in before], [one / after[0] for one in after])[1:]
