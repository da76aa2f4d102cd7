"""PURE: shapes that scripts share: of some persons those who ..., one sum over another, effects.

Each takes SELECTs; `{scope}` is filled in for the rows of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pipeline.catalog.value import Ratio, Script
from pipeline.catalog.vocabulary import Grain, Zero

_OWN: Mapping[Grain, str] = MappingProxyType({})


def among(base: str, did: str, scopes: Mapping[Grain, str] = _OWN) -> Script:
    """Of the persons of `base` in a scope the share who are among those of `did` there too.

    Both have a column `person` and those that scopes need.
    """
    return Script(
        f"""
SELECT scope, countIf(is_base AND does) AS numerator, countIf(is_base) AS denominator
FROM (
    SELECT scope, person, max(of_base) AS is_base, min(of_base) = 0 AS does
    FROM (
        SELECT {{scope}}, person, 1 AS of_base
        FROM ({base})
        UNION ALL
        SELECT {{scope}}, person, 0
        FROM ({did})
    )
    GROUP BY scope, person
)
GROUP BY scope""",
        Zero.RATIO,
        scopes,
    )


def divided(above: str, below: str, scopes: Mapping[Grain, str] = _OWN) -> Script:
    """A sum over another: SELECTs of scope and n, each summed up."""
    return Script(
        f"""
SELECT scope, sum(above) AS numerator, sum(below) AS denominator
FROM (
    SELECT scope, n AS above, 0 AS below
    FROM ({above})
    UNION ALL
    SELECT scope, 0, n
    FROM ({below})
)
GROUP BY scope""",
        Zero.RATIO,
        scopes,
    )


def vector(parts: Mapping[str, Ratio | Script]) -> Script:
    """Several ratios side by side, each a slice by its name."""
    return Script(
        "\nUNION ALL".join(
            f"""
SELECT scope, '{name}' AS slice,
    toFloat64({part.numerator}) AS numerator, toFloat64({part.denominator}) AS denominator
FROM ({part.sql})"""
            for name, part in ((name, _script(part)) for name, part in parts.items())
        ),
        Zero.RATIO,
    )


def _script(value: Ratio | Script) -> Script:
    """A ratio of two measures of one relation as a script; a script as it is."""
    if isinstance(value, Script):
        return value
    return Script(
        f"""
SELECT {{scope}}, {value.numerator.select} AS numerator, {value.denominator.select} AS denominator
FROM ({value.numerator.relation.sql})
GROUP BY scope""",
        Zero.RATIO,
    )


def followed(cause: str, effect: str, within_ms: str) -> str:
    """The rows of `cause` and whether each was `followed`, at once or later, in time.

    `cause` has columns person and event_ms, `effect` has who and then_ms.
    """
    return f"""
SELECT *, then_ms BETWEEN event_ms AND event_ms + {within_ms} AS followed
FROM ({cause}
) AS c
ASOF LEFT JOIN ({effect}
) AS e ON c.person = e.who AND c.event_ms <= e.then_ms"""
