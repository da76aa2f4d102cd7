"""What is published, by whom, and what is kept: items, posts, replies, digests, mentions."""

from __future__ import annotations

from pipeline.catalog.families.content.relations import (
    IS_ITEM,
    ITEM,
    G,
    O,
    P,
    S,
    T,
)
from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import Relation, after, before, days, local_day, within
from pipeline.catalog.relations import IS_MESSAGE, MEMBERSHIP_EVENTS, MESSAGE, facts, persons
from pipeline.catalog.value import Script, count, ratio
from pipeline.catalog.vocabulary import DWM, WM, Direction, Kind, Mode, Window, Zero
from schemas.event_type import EventType

_POST = facts(EventType.PUBLISH, "content_kind = 'post'", name="post")

_OPEN = Relation(
    "member at the start",
    f"""
SELECT group_id, user_id, first_ms
FROM (
    SELECT group_id, user_id
    FROM v_membership
    WHERE opened_ms < %(start_ms)s AND closed_ms >= %(start_ms)s
) AS m
LEFT JOIN (
    SELECT user_id, min(event_ms) AS first_ms
    FROM v_publish
    WHERE {before()} AND actor_role = 'member' AND {IS_ITEM}
    GROUP BY user_id
) AS p USING (user_id)""",
    (*MEMBERSHIP_EVENTS, EventType.PUBLISH),
)
"""Members at the window's start, and when they first published (0 = never until its end)."""

_MENTION = Relation(
    "product mention",
    f"""
SELECT group_id, actor_role, arrayJoin(product_ids) AS product_id,
    concat('chat ', group_id, ' ', message_id) AS place,
    if(actor_role = 'staff', user_id, '') AS author
FROM v_chat
WHERE {within()} AND {IS_MESSAGE}
UNION ALL
SELECT group_id, actor_role, arrayJoin(product_ids), 'publish ' || content_id,
    if(actor_role = 'staff', user_id, '')
FROM v_publish
WHERE {within()}
UNION ALL
SELECT group_id, actor_role, product_id, 'action ' || event_id,
    if(actor_role = 'staff', user_id, '')
FROM v_staff_action
WHERE {within()} AND action_kind = 'product_intro' AND product_id != ''""",
    (EventType.CHAT,),
    {P: "product_id", S: "author"},
)
"""Products named in messages and items, or introduced: one row each, with its `place`."""


def _mentions(role: str) -> str:
    return f"uniqExactIf((place, product_id), actor_role = '{role}')"


_FORMAL = Relation(
    "formal topic ended",
    f"""
SELECT group_id, topic_id, (group_id, topic_id) IN (
    SELECT group_id, topic_id
    FROM v_publish
    WHERE {before(after(days("silent_days")))} AND content_kind = 'digest'
) AS has_digest
FROM v_chat
WHERE {within(until=after(days("silent_days")))} AND {IS_MESSAGE}
    AND topic_id IN (SELECT topic_id FROM v_dim_topic WHERE mode = 'formal')
GROUP BY group_id, topic_id
HAVING max(event_ms) < %(end_ms)s""",
    (EventType.CHAT,),
)
"""Formal topics of each group whose last message lies in the window."""

PUBLISHING: tuple[Metric, ...] = (
    Metric(
        id="D01",
        name="content_published_count",
        zh="内容创造",
        formula="items published in the window: all but replies and topics, by whomever",
        unit="items",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.PUBLISH,),
        grains=(G, S, T, O),
        periods=DWM,
        value=count(ITEM),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="D01",
        name="content_published_by_role",
        zh="内容创造(按角色)",
        formula="content_published_count, sliced by role of the author",
        unit="items",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.PUBLISH,),
        grains=(G, S, T, O),
        periods=DWM,
        value=count(ITEM, slice="actor_role"),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="D02",
        name="post_count",
        zh="发帖数量",
        formula="posts published in the window",
        unit="posts",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.PUBLISH,),
        grains=(G, T, O),
        periods=DWM,
        value=count(_POST),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="D02",
        name="post_quality_rate",
        zh="发帖质量",
        formula="posts of the window that are featured / posts with a label of quality",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.PUBLISH,),
        grains=(G, T, O),
        periods=DWM,
        value=ratio(_POST, "countIf(quality = 'featured')", "countIf(quality != 'unlabelled')"),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="D03",
        name="reply_count",
        zh="回帖数量",
        formula="replies published in the window",
        unit="replies",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.PUBLISH,),
        grains=(G, T, O),
        periods=DWM,
        value=count(facts(EventType.PUBLISH, "content_kind = 'reply'", name="reply")),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="D12",
        name="ugc_share",
        zh="用户产生的内容占比",
        formula="items published by members in the window / all items published",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.PUBLISH,),
        grains=(G, T, O),
        periods=WM,
        value=ratio(ITEM, "countIf(actor_role = 'member')", "count()"),
    ),
    Metric(
        id="D12",
        name="learner_to_sharer_rate",
        zh="学习者→分享者",
        formula="of the members at the start who had never published an item, anywhere, the share"
        " who did in the window",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(*MEMBERSHIP_EVENTS, EventType.PUBLISH),
        grains=(G, T, O),
        periods=WM,
        value=ratio(
            _OPEN,
            persons("first_ms >= %(start_ms)s"),
            persons("first_ms = 0 OR first_ms >= %(start_ms)s"),
        ),
    ),
    Metric(
        id="D13",
        name="product_mention_count",
        zh="产品传递次数",
        formula="distinct pairs of a product and the message, item or introduction by staff that"
        " names it",
        unit="mentions",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.CHAT,),
        optional=(EventType.PUBLISH, EventType.STAFF_ACTION),
        grains=(G, P, S),
        periods=DWM,
        value=count(_MENTION, _mentions("staff")),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        note="Of a member of staff are those that they made themselves.",
    ),
    Metric(
        id="D13",
        name="member_product_mention_count",
        zh="群员提及产品次数",
        formula="product_mention_count of members instead of staff",
        unit="mentions",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.CHAT,),
        optional=(EventType.PUBLISH, EventType.STAFF_ACTION),
        grains=(G, P),
        periods=DWM,
        value=count(_MENTION, _mentions("member")),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="D16",
        name="digest_rate",
        zh="汇总沉淀率",
        formula="days of the window with a digest / days with messages, digests of other days left"
        " out",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.CHAT, EventType.PUBLISH),
        grains=(G,),
        periods=WM,
        value=Script(
            f"""
SELECT scope,
    length(arrayIntersect(
        groupUniqArrayIf(day, is_digest), groupUniqArrayIf(day, NOT is_digest)
    )) AS numerator,
    uniqExactIf(day, NOT is_digest) AS denominator
FROM (
    SELECT {{scope}}, {local_day()} AS day, 0 AS is_digest
    FROM ({MESSAGE.sql})
    UNION ALL
    SELECT {{scope}}, {local_day()}, 1
    FROM v_publish
    WHERE {within()} AND content_kind = 'digest'
)
GROUP BY scope""",
            Zero.RATIO,
        ),
    ),
    Metric(
        id="D16",
        name="topic_digest_rate",
        zh="正式话题存档率",
        formula="of the formal topics whose last message lies in the window (none in the"
        " silent_days after it) the share with a digest by then",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.CHAT, EventType.PUBLISH),
        dims=("dim_topic",),
        grains=(G,),
        periods=WM,
        value=ratio(_FORMAL, "countIf(has_digest)", "count()"),
        matures_days=7,
    ),
)
