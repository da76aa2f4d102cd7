"""Interactions: how many, of how many members, how evenly spread, how deep (互动)."""

from __future__ import annotations

from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import COMMUNITY_TYPE
from pipeline.catalog.relations import (
    BASE,
    INTERACTION,
    INTERACTION_EVENTS,
    MEMBER,
    MEMBERSHIP_EVENTS,
    persons,
)
from pipeline.catalog.value import Script, count, ratio
from pipeline.catalog.vocabulary import DWM, WM, Direction, Grain, Kind, Zero
from pipeline.core.calendar import Period
from schemas.event_type import EventType

G, T, K, U, O = (  # noqa: E741
    *(Grain.GROUP, Grain.TYPE, Grain.CAMPAIGN, Grain.USER),
    Grain.OVERALL,
)

_PEERS = "PARTITION BY scope.1, peers"


def _rank(component: str) -> str:
    """Its percent rank: how many of the other peers have less of `component`."""
    return (
        f"(rank() OVER ({_PEERS} ORDER BY {component}) - 1)"
        f" / greatest(count() OVER ({_PEERS}) - 1, 1)"
    )


_INDEX = Script(
    f"""
SELECT scope,
    %(activity_weight_count)s * {_rank("made")}
    + %(activity_weight_days)s * {_rank("days")}
    + %(activity_weight_content)s * {_rank("kinds")} AS numerator,
    count() OVER ({_PEERS}) AS denominator
FROM (
    SELECT scope,
        count() AS made, uniqExact(day) AS days, uniqExact(kind) AS kinds,
        if(scope.1 = 'G', any({COMMUNITY_TYPE}), '') AS peers
    FROM (SELECT *, {{scope}} FROM ({INTERACTION.sql}))
    GROUP BY scope
)""",
    Zero.STATISTIC,
)

_PER_PERSON = f"""
    SELECT scope, user_id, sum(messages) AS made, toFloat64(sum(gmv)) AS paid
    FROM (SELECT *, {{scope}} FROM ({MEMBER.sql}))
    GROUP BY scope, user_id"""

_GINI = Script(
    f"""
SELECT scope,
    arraySum((x, place) -> x * (2 * place - length(sorted) - 1), sorted, arrayEnumerate(sorted))
        AS numerator,
    length(sorted) * arraySum(sorted) AS denominator
FROM (
    SELECT scope, arraySort(groupArray(toFloat64(made))) AS sorted
    FROM ({_PER_PERSON}
    )
    GROUP BY scope
)""",
    Zero.RATIO,
)

_TOP20 = Script(
    f"""
SELECT scope, slice,
    arraySum(arraySlice(arrayReverseSort(amounts), 1, intDiv(length(amounts) + 4, 5))) AS numerator,
    arraySum(amounts) AS denominator
FROM (
    SELECT scope, part.1 AS slice, groupArray(part.2) AS amounts
    FROM ({_PER_PERSON}
    )
    ARRAY JOIN [('messages', toFloat64(made)), ('revenue', paid)] AS part
    GROUP BY scope, slice
)""",
    Zero.RATIO,
)

INTERACTIONS: tuple[Metric, ...] = (
    Metric(
        id="C08",
        name="interaction_count",
        zh="互动次数",
        formula="chats, reactions, activities attended or completed, check-ins, things published,"
        " feedback and service conversations opened, by members",
        unit="interactions",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=MEMBERSHIP_EVENTS,
        optional=INTERACTION_EVENTS,
        grains=(U, G, T),
        periods=DWM,
        value=count(INTERACTION),
    ),
    Metric(
        id="C08",
        name="interaction_days",
        zh="互动天数",
        formula="distinct local days with at least one interaction",
        unit="days",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=MEMBERSHIP_EVENTS,
        optional=INTERACTION_EVENTS,
        grains=(U, G, T),
        periods=DWM,
        value=count(INTERACTION, "uniqExact(day)"),
    ),
    Metric(
        id="C08",
        name="interaction_content_mix",
        zh="互动内容",
        formula="interactions by kind and what it was (slice: chat/text, reaction/like, checkin)",
        unit="interactions",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.COUNT,
        events=MEMBERSHIP_EVENTS,
        optional=INTERACTION_EVENTS,
        grains=(U, G, T),
        periods=DWM,
        value=count(INTERACTION, slice="if(detail = '', kind, concat(kind, '/', detail))"),
        note="What kinds of topic they are about is topic_type_mix.",
    ),
    Metric(
        id="C08",
        name="interaction_kinds",
        zh="互动内容种类",
        formula="distinct kinds of interaction",
        unit="kinds",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=MEMBERSHIP_EVENTS,
        optional=INTERACTION_EVENTS,
        grains=(U, G, T),
        periods=DWM,
        value=count(INTERACTION, "uniqExact(kind)"),
    ),
    Metric(
        id="C09",
        name="activity_index",
        zh="活跃率(互动次数+互动天数+互动内容)",
        formula="weighted sum of the percent ranks ((rank - 1) / (n - 1), ties share the lower one)"
        " by interaction_count, interaction_days and interaction_kinds among peers with any"
        " interaction; peers of a group are the groups of its type",
        unit="index",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.STATISTIC,
        events=MEMBERSHIP_EVENTS,
        optional=INTERACTION_EVENTS,
        grains=(U, G, T),
        periods=WM,
        value=_INDEX,
        note="The weights are the terms activity_weight_*. One that is alone scores 0.",
    ),
    Metric(
        id="C10",
        name="participation_breadth",
        zh="人人参与",
        formula="members with at least one interaction / members at any moment of the window",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=MEMBERSHIP_EVENTS,
        optional=INTERACTION_EVENTS,
        grains=(G, T, O),
        periods=DWM,
        value=ratio(MEMBER, persons("interactions > 0"), BASE),
    ),
    Metric(
        id="C11",
        name="message_gini",
        zh="活跃集中度",
        formula="Gini coefficient of messages per member, those who wrote none included:"
        " sum of (2 place - n - 1) x messages, by rising messages / (n x messages)",
        unit="index",
        kind=Kind.PROCESS,
        direction=Direction.LOWER,
        zero=Zero.RATIO,
        events=(EventType.CHAT, *MEMBERSHIP_EVENTS),
        grains=(G, T, O),
        periods=WM,
        value=_GINI,
    ),
    Metric(
        id="C11",
        name="top20_share",
        zh="二八法则",
        formula="share of the messages, and of the revenue (slice), that come from the first 20 %,"
        " rounded up, of the members by it",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=(EventType.CHAT, *MEMBERSHIP_EVENTS),
        optional=(EventType.ORDER,),
        grains=(G, T, O),
        periods=WM,
        value=_TOP20,
    ),
    Metric(
        id="C24",
        name="deep_participation_rate",
        zh="深度参与",
        formula="members with at least deep_interactions interactions on at least deep_active_days"
        " days / members at any moment of the window; of a campaign, those who joined by it",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=MEMBERSHIP_EVENTS,
        optional=INTERACTION_EVENTS,
        grains=(G, K),
        periods=(*WM, Period.EVER),
        value=ratio(
            MEMBER,
            persons(
                "interactions >= %(deep_interactions)s AND active_days >= %(deep_active_days)s"
            ),
            BASE,
        ),
    ),
)
