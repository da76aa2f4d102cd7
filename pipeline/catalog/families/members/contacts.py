"""Ties beside the groups: registrations, followers, friends of staff, the whole pool."""

from __future__ import annotations

from pipeline.catalog.families.members.relations import END, link, links, members_at
from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import Relation
from pipeline.catalog.relations import BASE, MEMBERSHIP_EVENTS, facts, persons
from pipeline.catalog.thresholds import DELETED_RISE
from pipeline.catalog.value import Script, count, ratio
from pipeline.catalog.vocabulary import DAILY, DWM, Direction, Grain, Kind, Mode, Window, Zero
from schemas.event_type import EventType

T, C, K, S, O = (Grain.TYPE, Grain.CHANNEL, Grain.CAMPAIGN, Grain.STAFF, Grain.OVERALL)  # noqa: E741

_CONTACT = (EventType.CONTACT,)
_FOLLOW = link("official_account")
_FRIEND = link("wecom_friend")
_REGISTRATION = facts(
    EventType.CONTACT, "link_type = 'site_account' AND action = 'add'", name="registration"
)
_NEW_FRIEND = facts(
    EventType.CONTACT, "link_type = 'wecom_friend' AND action = 'add'", name="new friend"
)
_OPEN_LINKS = f"SELECT * FROM ({links('1')}\n) WHERE closed_ms >= {END}"

_POOL = Relation(
    "private traffic pool",
    f"""
SELECT user_id, group_id, channel_id FROM ({members_at(END)})
UNION ALL
SELECT user_id, group_id, channel_id FROM ({_OPEN_LINKS})""",
    (*MEMBERSHIP_EVENTS, EventType.CONTACT),
)

CONTACTS: tuple[Metric, ...] = (
    Metric(
        id="A12",
        name="customer_group_coverage_rate",
        zh="在群率(客户覆盖)",
        formula=(
            "customers with an open contact who are in a group (of the type) at the window's end"
            " / customers with an open contact"
        ),
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(*MEMBERSHIP_EVENTS, EventType.CONTACT),
        grains=(T, O),
        periods=DAILY,
        value=Script(
            f"""
WITH customers AS (SELECT DISTINCT user_id FROM ({_OPEN_LINKS}))
SELECT {{scope}},
    uniqExactIf(user_id, closed_ms >= {END} AND user_id IN (customers)) AS numerator,
    (SELECT count() FROM customers) AS denominator
FROM (
    SELECT group_id, user_id, closed_ms FROM v_membership WHERE opened_ms < {END}
    UNION ALL
    SELECT '', user_id, 0 FROM customers
)
GROUP BY scope""",
            Zero.RATIO,
        ),
        note="The other reading of 在群率 beside in_group_rate.",
    ),
    Metric(
        id="A22",
        name="platform_registration_count",
        zh="网站新注册用户",
        formula="distinct users who made an account of the site in the window",
        unit="persons",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=_CONTACT,
        grains=(C, K, O),
        periods=DWM,
        value=count(_REGISTRATION, BASE),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="A23",
        name="follower_count",
        zh="公众号粉丝量",
        formula="open links to the official account at the window's end",
        unit="persons",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=_CONTACT,
        grains=(C, K, O),
        periods=DWM,
        value=count(_FOLLOW, "countIf(is_open)"),
    ),
    Metric(
        id="A23",
        name="follower_gain_count",
        zh="公众号新增关注",
        formula="links to the official account made in the window",
        unit="persons",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=_CONTACT,
        grains=(C, K, O),
        periods=DWM,
        value=count(_FOLLOW, "countIf(is_new)"),
    ),
    Metric(
        id="A23",
        name="unfollow_count",
        zh="公众号取消关注",
        formula="links to the official account cut in the window",
        unit="persons",
        kind=Kind.RESULT,
        direction=Direction.LOWER,
        zero=Zero.COUNT,
        events=_CONTACT,
        grains=(C, K, O),
        periods=DWM,
        value=count(_FOLLOW, "countIf(is_cut)"),
        note="By the channel and campaign through which the link was made.",
    ),
    Metric(
        id="A23",
        name="unfollow_rate",
        zh="公众号取消关注率",
        formula="unfollow_count / links at the window's start or made in it",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.LOWER,
        zero=Zero.RATIO,
        events=_CONTACT,
        grains=(C, K, O),
        periods=DWM,
        value=ratio(_FOLLOW, "countIf(is_cut)", "count()"),
    ),
    Metric(
        id="A24",
        name="new_contact_count",
        zh="新增客户数",
        formula="distinct customers whom staff added as friends in the window",
        unit="persons",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=_CONTACT,
        grains=(S, C, K, O),
        periods=DWM,
        value=count(_NEW_FRIEND, BASE),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="A25",
        name="deleted_contact_count",
        zh="删除客户数",
        formula="distinct customers who removed a friend of staff in the window",
        unit="persons",
        kind=Kind.RESULT,
        direction=Direction.LOWER,
        zero=Zero.COUNT,
        events=_CONTACT,
        grains=(S, C, O),
        periods=DWM,
        value=count(_FRIEND, persons("is_cut")),
    ),
    Metric(
        id="A25",
        name="contact_delete_rate",
        zh="客户删除率",
        formula="deleted_contact_count / friendships at the window's start or made in it",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.LOWER,
        zero=Zero.RATIO,
        events=_CONTACT,
        grains=(S, C, O),
        periods=DWM,
        value=ratio(_FRIEND, persons("is_cut"), "count()"),
        base="friendships",
        drops=(DELETED_RISE,),
    ),
    Metric(
        id="A26",
        name="private_traffic_pool_size",
        zh="私域流量池",
        formula="distinct users with an open membership or contact at the window's end",
        unit="persons",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(*MEMBERSHIP_EVENTS, EventType.CONTACT),
        grains=(T, C, O),
        periods=DWM,
        value=count(_POOL, BASE),
    ),
)
