"""The alert of a silent group: nobody spoke for hours in which people usually do (C01)."""

from __future__ import annotations

from pipeline.alerting.alert import Alert
from pipeline.alerting.timing import Timing
from pipeline.catalog.catalogue import MILESTONES
from pipeline.catalog.promql import JOIN, gauge
from pipeline.catalog.series import Part
from pipeline.catalog.vocabulary import Severity, Signal

SILENCE = "CommunityMessageCountSilence"

# Five persons an hour are usual: an hour without any is one in 150, and three hours running are
# one in three million, where persons come independently.
SILENT_HOURS = 3
LEAST_EXPECTED = 5

_METRIC = next(one for one in MILESTONES if one.name == "daily_active_rate")
_DROP = next(one for one in _METRIC.drops if one.signal is Signal.FAST)


def silence(timing: Timing) -> Alert:
    """Nobody in any of the last closed hours, where the same hours of other weeks had some.

    It reads the fast signal of C06: an hour without a chatting member has no member message.
    """
    spoke = gauge(_METRIC, _DROP, Part.NUMERATOR)
    members = gauge(_METRIC, _DROP, Part.DENOMINATOR)
    usual = gauge(_METRIC, _DROP, Part.BASELINE_RATIO)
    return Alert(
        name=SILENCE,
        expr=f"{members}\n  * {JOIN} {usual}\n  >= {LEAST_EXPECTED}\nand {JOIN}\n  {spoke} == 0",
        severity=Severity.INFO,
        hold_s=timing.hold((SILENT_HOURS - 1) * 3_600 + 300),
        keep_s=timing.keep(900),
        labels={"metric": "C01", "signal": _DROP.signal.value, "against": _DROP.against.value},
        summary="A group is silent in hours in which it usually speaks.",
        description=f"Group {{{{ $labels.group_id }}}}: no member wrote in {SILENT_HOURS} closed "
        'hours running; {{ $value | printf "%.0f" }} persons an hour are usual at this weekday and '
        "clock time.",
    )
