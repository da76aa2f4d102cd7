"""What is known of members: tags, profiles, what marks the active ones, when they are about."""

from __future__ import annotations

from pipeline.catalog.families.segments.relations import (
    PROFILE,
    PROFILED,
    TAG,
    TAGGED,
    TAGS,
    G,
    T,
    U,
)
from pipeline.catalog.metric import Metric
from pipeline.catalog.relations import (
    BASE,
    INTERACTION,
    INTERACTION_EVENTS,
    MEMBER,
    MEMBERSHIP_EVENTS,
    persons,
)
from pipeline.catalog.value import Measure, Ratio, Script, count, ratio, shares
from pipeline.catalog.vocabulary import DAILY, Direction, Kind, Zero
from pipeline.core.calendar import Period
from schemas.event_type import EventType

_ACTIVE_PROFILE = f"""
WITH person AS (
    SELECT {{scope}}, user_id, max(messages > 0) AS active
    FROM ({MEMBER.sql}
    )
    GROUP BY scope, user_id
),
base AS (
    SELECT scope, count() AS members, countIf(active) AS active_members
    FROM person
    GROUP BY scope
    HAVING active_members > 0
),
trait AS (
    SELECT user_id, concat('tag:', tag_id) AS name
    FROM ({TAGS}
    )
    UNION ALL
    SELECT user_id, concat(attribute, ':', value)
    FROM v_dim_member_profile
    WHERE value != ''
)
SELECT scope, name AS slice,
    countIf(active) / any(active_members) AS numerator,
    count() / any(members) AS denominator
FROM person
INNER JOIN trait USING (user_id)
INNER JOIN base USING (scope)
GROUP BY scope, slice"""

PROFILES: tuple[Metric, ...] = (
    Metric(
        id="H04",
        name="tag_count",
        zh="标签数",
        formula="tags that members have at the window's end, each of each member; slices auto and"
        " manual = who put it on last",
        unit="tags",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.TAG, *MEMBERSHIP_EVENTS),
        grains=(U, G, T),
        periods=DAILY,
        value=count(TAG, "uniqExact((user_id, tag_id))", "made_by"),
        note="Of a person and a tag the last event holds.",
    ),
    Metric(
        id="H04",
        name="tag_coverage_rate",
        zh="标签覆盖率",
        formula="members with at least one tag / members, both at the window's end; slices auto"
        " and manual = who put it on",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.TAG, *MEMBERSHIP_EVENTS),
        grains=(G, T),
        periods=DAILY,
        value=Ratio(
            Measure(TAGGED, persons("tagged"), "made_by"), Measure(TAGGED, BASE, "made_by")
        ),
        note="No grain U: a member has a tag or none.",
    ),
    Metric(
        id="H05",
        name="profile_completeness_rate",
        zh="用户画像完整度",
        formula="filled attributes of profile_attributes / all of them, mean over members at the"
        " window's end",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=MEMBERSHIP_EVENTS,
        dims=("dim_member_profile",),
        grains=(U, G),
        periods=DAILY,
        value=ratio(PROFILE, "sum(filled)", "sum(wanted)"),
        variants={U: ratio(PROFILED, "any(filled)", "any(wanted)")},
        note="Of a user only where anything is known of them.",
    ),
    Metric(
        id="H07",
        name="active_member_profile",
        zh="活跃用户人群画像",
        formula="share of a trait, as slice (attribute:value or tag:id), among members who chatted"
        " in the window / its share among all members of the window",
        unit="index",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=(EventType.CHAT, *MEMBERSHIP_EVENTS),
        optional=(EventType.TAG,),
        grains=(G, T),
        periods=(Period.MONTH,),
        value=Script(_ACTIVE_PROFILE, Zero.RATIO),
        note="1 = no more frequent among the active. Traits are of tags and dim_member_profile.",
    ),
    Metric(
        id="H08",
        name="member_active_hours",
        zh="作息",
        formula="interactions by weekday or weekend and local hour, as slice, / all of the scope",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=MEMBERSHIP_EVENTS,
        optional=INTERACTION_EVENTS,
        grains=(U, G),
        periods=(Period.MONTH,),
        value=shares(
            INTERACTION,
            "concat(if(toDayOfWeek(day) >= 6, 'weekend ', 'weekday '),"
            " leftPad(toString(hour), 2, '0'))",
        ),
        note="Slices such as weekday 09.",
    ),
)
