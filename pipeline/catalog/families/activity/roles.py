"""Members who carry a community: leaders of opinion, managers, those on duty."""

from __future__ import annotations

from pipeline.catalog.families.activity.relations import TOPIC, calendar, holds, in_base
from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import Relation
from pipeline.catalog.relations import MEMBER, MEMBERSHIP_EVENTS, MESSAGE, facts, persons
from pipeline.catalog.value import count, ratio
from pipeline.catalog.vocabulary import WM, Direction, Grain, Kind, Zero
from pipeline.core.calendar import Period
from schemas.event_type import EventType

G, T = Grain.GROUP, Grain.TYPE

_KOL = holds("kol")
_KOC = holds("koc", "atmosphere")

_CARE = facts(
    EventType.STAFF_ACTION,
    "actor_role = 'staff' AND action_kind IN ('praise', 'incentive', 'follow_up')"
    f" AND {holds('kol', user='target_user_id')}",
    name="care for opinion leaders",
)
_MANAGEMENT = facts(
    EventType.STAFF_ACTION,
    "actor_role IN ('member', 'staff') AND action_kind IN ('approve', 'kick', 'mute', 'praise')",
    name="management of members",
)
_TEAM = Relation("team", "SELECT * FROM v_dim_team", MEMBERSHIP_EVENTS)
_ON_DUTY = facts(
    EventType.STAFF_ACTION,
    "actor_role = 'member' AND calendar_item_id IN"
    f" (SELECT item_id FROM v_ops_calendar WHERE kind = 'duty') AND {in_base()}",
    name="work on duty",
)
_DUTY = calendar("duty", "kind = 'duty'")

ROLES: tuple[Metric, ...] = (
    Metric(
        id="C28",
        name="kol_count",
        zh="意见领袖人数",
        formula="members who held the role kol in the group at some moment of the window",
        unit="persons",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=MEMBERSHIP_EVENTS,
        dims=("dim_member_role",),
        grains=(G, T),
        periods=WM,
        value=count(MEMBER, persons(_KOL)),
    ),
    Metric(
        id="C28",
        name="kol_topic_share",
        zh="意见领袖话题占比",
        formula="topics opened by holders of the role kol / topics opened in the window",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.PUBLISH, *MEMBERSHIP_EVENTS),
        dims=("dim_member_role",),
        grains=(G, T),
        periods=WM,
        value=ratio(
            TOPIC,
            f"uniqExactIf(topic_id, actor_role = 'member' AND {_KOL})",
            "uniqExact(topic_id)",
        ),
    ),
    Metric(
        id="C28",
        name="kol_care_count",
        zh="意见领袖关怀次数",
        formula="praise, incentives and follow-ups by staff towards holders of the role kol",
        unit="actions",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.STAFF_ACTION,),
        dims=("dim_member_role",),
        grains=(G, T),
        periods=WM,
        value=count(_CARE),
    ),
    Metric(
        id="C29",
        name="koc_count",
        zh="KOC/气氛组人数",
        formula="members who held the role koc or atmosphere at some moment of the window",
        unit="persons",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=MEMBERSHIP_EVENTS,
        dims=("dim_member_role",),
        grains=(G, T),
        periods=WM,
        value=count(MEMBER, persons(_KOC)),
    ),
    Metric(
        id="C29",
        name="koc_message_share",
        zh="KOC/气氛组消息占比",
        formula="messages of holders of the role koc or atmosphere / member_message_count",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=(EventType.CHAT,),
        dims=("dim_member_role",),
        grains=(G, T),
        periods=WM,
        value=ratio(
            MESSAGE,
            f"countIf(actor_role = 'member' AND {_KOC})",
            "countIf(actor_role = 'member')",
        ),
    ),
    Metric(
        id="C30",
        name="member_managed_share",
        zh="用户管理用户",
        formula="approvals, removals, mutes and praise by members who held a role / all of them",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.STAFF_ACTION,),
        dims=("dim_member_role",),
        periods=WM,
        value=ratio(_MANAGEMENT, f"countIf(actor_role = 'member' AND {holds()})", "count()"),
    ),
    Metric(
        id="C30",
        name="team_leader_coverage",
        zh="分级管理",
        formula="teams whose leader was a member of the group in the window / teams of the group",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=MEMBERSHIP_EVENTS,
        dims=("dim_team",),
        periods=WM,
        value=ratio(_TEAM, f"countIf({in_base('leader_user_id')})", "count()"),
        note="Teams have no history: those of now.",
    ),
    Metric(
        id="C31",
        name="duty_rotation_count",
        zh="轮值人数",
        formula="distinct members who did something for a duty of the operations calendar",
        unit="persons",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.STAFF_ACTION, *MEMBERSHIP_EVENTS),
        dims=("ops_calendar",),
        periods=(*WM, Period.YEAR),
        value=count(_ON_DUTY, "uniqExact(user_id)"),
    ),
    Metric(
        id="C31",
        name="duty_adherence",
        zh="轮值执行率",
        formula="duties planned in the window that are done by its end / duties planned in it",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.STAFF_ACTION,),
        dims=("ops_calendar",),
        periods=(*WM, Period.YEAR),
        value=ratio(_DUTY, "countIf(is_done)", "count()"),
    ),
)
