"""Parts of a ratio as the rollup stored them, for one that cannot be split from its rows.

They are the days' own slices of the scope (a kind of activity), and else the ratio of each
channel, campaign or member of staff over all groups: not parts of the scope, but where it changed.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.catalog.vocabulary import Grain
from pipeline.core.attribution import Cells, Labels
from pipeline.core.decomposition import Part
from pipeline.core.signals import DAY_MS, HOUR_MS
from pipeline.rollup.cells import Scope
from sinks.store import Store

BY = {Grain.CHANNEL: "channel", Grain.CAMPAIGN: "campaign", Grain.STAFF: "staff"}
SLICE = "slice"

_PARTS = """
SELECT if(slice = '', grain, '') AS of_grain, if(slice = '', scope_id, slice) AS part,
    window_end_ms, numerator, denominator
FROM v_metric_value
WHERE metric = %(metric)s AND `window` = 'D' AND isNotNull(value)
    AND window_end_ms > %(since_ms)s AND window_end_ms <= %(until_ms)s
    AND (
        (grain = %(grain)s AND scope_id = %(scope_id)s AND slice != '')
        OR (grain IN %(finer)s AND grain != %(grain)s AND slice = '')
    )
"""


def stored_parts(
    store: Store, metric: str, scope: Scope, t_ms: int, shifts: Sequence[int]
) -> list[tuple[str, Cells, Cells]]:
    """By what, the parts before (`shifts` ms before the last stored day) and on that day.

    Raises Retryable or Fatal.
    """
    asked = {
        "metric": metric,
        "grain": str(scope.grain),
        "scope_id": scope.id,
        "finer": [str(grain) for grain in BY],
        "since_ms": t_ms - max(shifts) - 8 * DAY_MS,
        "until_ms": t_ms,
    }
    rows = store.query(_PARTS, asked).rows()
    last_ms = max((row[2] for row in rows), default=0)
    found: dict[str, tuple[dict[Labels, Part], dict[Labels, Part]]] = {}
    for grain, part, end_ms, numerator, denominator in rows:
        by = BY[Grain(grain)] if grain else SLICE
        before, after = found.setdefault(by, ({}, {}))
        # A local midnight moves by an hour where summer time begins or ends.
        if any(abs(last_ms - shift - end_ms) <= HOUR_MS for shift in shifts):
            known = before.get((part,), Part(0, 0))
            before[(part,)] = Part(known.numerator + numerator, known.denominator + denominator)
        elif end_ms == last_ms:
            after[(part,)] = Part(numerator, denominator)
    order = (SLICE, *BY.values())
    return [(by, *found[by]) for by in order if by in found]
