"""How the community grows: net growth, groups, and who is new."""

from __future__ import annotations

from pipeline.catalog.families.members.relations import MEMBERSHIP
from pipeline.catalog.metric import Metric
from pipeline.catalog.relations import MEMBERSHIP_EVENTS, persons
from pipeline.catalog.value import Script, count, ratio
from pipeline.catalog.vocabulary import DWM, Direction, Grain, Kind, Mode, Window, Zero
from schemas.event_type import EventType

G, T, C, K, O = (Grain.GROUP, Grain.TYPE, Grain.CHANNEL, Grain.CAMPAIGN, Grain.OVERALL)  # noqa: E741

_NET = "toInt64(countIf(is_join)) - countIf(is_leave)"

_NEWCOMERS = """
SELECT scope, countIf(is_new) AS newcomers, countIf(was_member) AS members, 1 AS one
FROM (
    SELECT {scope}, user_id,
        min(opened_ms) >= %(start_ms)s AND NOT argMin(is_roster, (opened_ms, is_roster)) AS is_new,
        max(opened_ms < %(start_ms)s AND closed_ms >= %(start_ms)s) AS was_member
    FROM v_membership
    WHERE opened_ms < %(end_ms)s
    GROUP BY scope, user_id
)
GROUP BY scope"""

GROWTH: tuple[Metric, ...] = (
    Metric(
        id="A04",
        name="net_member_growth",
        zh="社群净增人数",
        formula="join_count - leave_count; may be negative",
        unit="memberships",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=MEMBERSHIP_EVENTS,
        grains=(G, T, C, O),
        periods=DWM,
        value=count(MEMBERSHIP, _NET),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        note="Memberships at the end less those at the start, where no roster came between.",
    ),
    Metric(
        id="A05",
        name="group_count",
        zh="社群总数",
        formula=(
            "groups created before the window's end and not dissolved before it; a group is also"
            " dissolved when members left by its dissolution and none is left"
        ),
        unit="groups",
        kind=Kind.RESULT,
        direction=Direction.NEITHER,
        zero=Zero.COUNT,
        events=(),
        optional=(EventType.LEAVE,),
        dims=("dim_group",),
        grains=(T, O),
        periods=DWM,
        value=Script(
            """
SELECT {scope}, count() AS numerator, 1 AS denominator
FROM v_dim_group
WHERE created_ms < %(end_ms)s AND (dissolved_ms = 0 OR dissolved_ms >= %(end_ms)s)
    AND group_id NOT IN (
        SELECT group_id
        FROM v_membership
        WHERE opened_ms < %(end_ms)s
        GROUP BY group_id
        HAVING max(closed_ms) < %(end_ms)s AND countIf(leave_kind = 'dissolved') > 0
    )
GROUP BY scope""",
            Zero.COUNT,
        ),
    ),
    Metric(
        id="A06",
        name="new_member_count",
        zh="用户新增量",
        formula=(
            "distinct users whose first ever join (of the group, type, channel, campaign, or at"
            " all) is in the window"
        ),
        unit="persons",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=MEMBERSHIP_EVENTS,
        grains=(G, T, C, K, O),
        periods=DWM,
        value=Script(_NEWCOMERS, Zero.COUNT, numerator="newcomers", denominator="one"),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        note="Unlike join_count it leaves re-joins out. Who was on a roster is never new.",
    ),
    Metric(
        id="A07",
        name="new_member_rate",
        zh="新增率",
        formula="new_member_count / members at the window's start",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=MEMBERSHIP_EVENTS,
        grains=(G, T, C, O),
        periods=DWM,
        value=Script(_NEWCOMERS, Zero.RATIO, numerator="newcomers", denominator="members"),
        note="Also called 拉新率. A group that is new itself has none.",
    ),
    Metric(
        id="A08",
        name="net_growth_rate",
        zh="社群用户增长",
        formula="net_member_growth / members at the window's start",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=MEMBERSHIP_EVENTS,
        grains=(G, T, O),
        periods=DWM,
        value=ratio(MEMBERSHIP, _NET, persons("was_member")),
    ),
)
