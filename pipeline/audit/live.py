"""Check `live`: what a worker shows is what SQL over the facts says of the same moment.

The worker of this machine is asked by its /metrics, before and after the store is. What both
looks agree on and SQL does not is looked at again, as a commit may lie between; what stays is
told.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import httpx
from prometheus_client.parser import text_string_to_metric_families

from pipeline.audit.scope import Check, Result, Scope
from pipeline.catalog.series import Part, part_name
from pipeline.catalog.sql_signals import signals
from pipeline.core.signals import COLUMN, FAST, MILESTONES, Pace, fast_end, slow_end
from sinks.endpoint_request import url_of

LOOKS = 4
BETWEEN_S = 2.0
SECONDS = 5.0

Shown = Mapping[tuple[str, str, str], float]
"""By series name, group and signal: the value."""


def check_live(scope: Scope) -> Result:
    """Numerators and denominators of every group that the worker shows now."""
    result = Result(Check.LIVE, "values")
    if not scope.store.modern:
        result.note = "left out: the store is older than ClickHouse 24.8"
        return result
    wrong: dict[tuple[str, str, str], tuple[float, float]] = {}
    for look in range(LOOKS):
        scope.progress("Live view: looks", look, LOOKS)
        ends, shown = _ends(scope), _shown(scope)
        if shown is None:
            result.note = "left out: no worker answers at PULSE_METRICS_PORT of this machine"
            return result
        told = _told(scope, ends, shown)
        again = _shown(scope)
        if again is not None and ends == _ends(scope):
            result.looked_at = max(result.looked_at, len(shown))
            wrong = {
                key: (value, told[key])
                for key, value in shown.items()
                if again.get(key) == value and told[key] != value
            }
            if not wrong:
                return result
        time.sleep(BETWEEN_S)
    if not result.looked_at:
        result.note = "left out: the clock runs too fast to look twice at one moment"
    for (name, group_id, signal), (value, by_sql) in sorted(wrong.items()):
        result.add(series=name, group_id=group_id, signal=signal, shown=value, by_sql=by_sql)
    return result


def _ends(scope: Scope) -> dict[str, int]:
    slow = slow_end(scope.clock.now_ms(), scope.settings.grace_seconds * 1000)
    return {"slow": slow, "fast": fast_end(slow)}


def _shown(scope: Scope) -> Shown | None:
    settings = scope.settings
    url = f"{url_of(settings.metrics_host, settings.metrics_port)}/metrics"
    try:
        text = httpx.get(url, timeout=SECONDS, trust_env=False).raise_for_status().text
        families = list(text_string_to_metric_families(text))
    except (httpx.HTTPError, ValueError):
        return None
    wanted = {
        part_name(milestone.stem, part)
        for milestone in MILESTONES
        for part in (Part.NUMERATOR, Part.DENOMINATOR)
    }
    return {
        (sample.name, sample.labels["group_id"], sample.labels["signal"]): sample.value
        for family in families
        if family.name in wanted
        for sample in family.samples
    }


def _told(scope: Scope, ends: Mapping[str, int], shown: Shown) -> Shown:
    groups = sorted({group_id for _, group_id, _ in shown})
    told = dict.fromkeys(shown, 0.0)
    for pace in {pace for milestone in MILESTONES for pace in milestone.paces}:
        end = ends["fast" if pace is FAST else "slow"]
        asked = {
            "from_ms": end, "until_ms": end, "step_ms": pace.step_ms,
            "grace_ms": scope.settings.grace_seconds * 1000, "groups": groups,
        }  # fmt: skip
        for row in scope.store.query(signals(some_groups=True), asked).iter_rows(named=True):
            told |= _of_row(row, pace)
    return {key: told[key] for key in shown}


def _of_row(row: Mapping[str, object], pace: Pace) -> Shown:
    return {
        (part_name(milestone.stem, part), str(row["group_id"]), pace.name): float(
            str(row[COLUMN[pace, count]])
        )
        for milestone in MILESTONES
        if pace in milestone.paces
        for part, count in (
            (Part.NUMERATOR, milestone.numerator),
            (Part.DENOMINATOR, milestone.denominator),
        )
    }
