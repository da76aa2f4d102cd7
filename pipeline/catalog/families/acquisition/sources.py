"""Where people come from: channels, their shares, what becomes of those they bring, leads."""

from __future__ import annotations

from pipeline.catalog.families.acquisition.relations import (
    CHANNEL,
    CHANNEL_CONVERSION,
    LEAD,
    NEWCOMER,
    C,
    K,
    O,
    S,
)
from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import Relation
from pipeline.catalog.relations import MEMBERSHIP_EVENTS, OPENED, facts
from pipeline.catalog.value import Script, count, shares
from pipeline.catalog.vocabulary import DW, DWM, WM, Direction, Kind, Mode, Window, Zero
from schemas.event_type import EventType


def share_of_all(rows: str) -> Script:
    """The rows of each scope over all rows: for a grain whose scopes are the parts of a whole."""
    return Script(
        f"""
SELECT {{scope}}, count() AS numerator, any(total) AS denominator
FROM (SELECT *, count() OVER () AS total FROM ({rows}))
GROUP BY scope""",
        Zero.RATIO,
    )


_SOURCE = "source"


def _by_source(rows: str) -> str:
    """Each row once for each way to tell its source: channel, method, role of the inviter."""
    told = ", ".join(
        f"'{name}:' || if({name} = '', 'unknown', {name})"
        for name in ("channel_id", "join_method", "inviter_role")
    )
    return f"SELECT *, arrayJoin([{told}]) AS {_SOURCE} FROM ({rows})"


_FIRST = f"""
    SELECT *, first.2 AS channel_id, first.3 AS inviter_role, first.4 AS join_method
    FROM ({NEWCOMER})"""

_KOL = "channel_id IN (SELECT channel_id FROM v_dim_channel WHERE kind = 'kol')"

SOURCES: tuple[Metric, ...] = (
    Metric(
        id="B04",
        name="join_count_by_source",
        zh="入群渠道来源",
        formula="join_count, sliced three times: by channel_id, by join_method and by inviter_role;"
        " a missing one is unknown",
        unit="joins",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=MEMBERSHIP_EVENTS,
        grains=(C, K),
        periods=DWM,
        value=count(
            Relation("source of a join", _by_source(OPENED.sql), MEMBERSHIP_EVENTS), slice=_SOURCE
        ),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        note="A slice is name:value, such as join_method:qr.",
    ),
    Metric(
        id="B04",
        name="new_member_count_by_source",
        zh="粉丝来源",
        formula="new_member_count, sliced as join_count_by_source by what their first join tells",
        unit="persons",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=MEMBERSHIP_EVENTS,
        grains=(C, K),
        periods=DWM,
        value=Script(
            f"""
SELECT scope, {_SOURCE} AS slice, count() AS numerator, 1 AS denominator
FROM ({_by_source(_FIRST)})
GROUP BY scope, slice""",
            Zero.COUNT,
        ),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="B05",
        name="channel_share",
        zh="渠道份额",
        formula="joins by the channel / joins by all channels, unknown among them",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=MEMBERSHIP_EVENTS,
        grains=(C,),
        periods=DWM,
        value=share_of_all(OPENED.sql),
    ),
    Metric(
        id="B07",
        name="channel_conversion_rate",
        zh="渠道转化率",
        formula="of the users who first joined by the channel in the window the share with a paid"
        " order within channel_days",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(*MEMBERSHIP_EVENTS, EventType.ORDER),
        grains=(C, K),
        periods=WM,
        value=CHANNEL_CONVERSION,
        matures_days=30,
    ),
    Metric(
        id="B12",
        name="lead_count",
        zh="客资新增",
        formula="distinct users whose first contact as a lead is in the window",
        unit="persons",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.CONTACT,),
        grains=(C, K, S, O),
        periods=DWM,
        value=count(LEAD),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        note="A person is a lead of the channel, campaign and staff of that contact.",
    ),
    Metric(
        id="B12",
        name="lead_source_share",
        zh="客资来源",
        formula="lead_count of a channel / of all channels; sliced by channel but at grain C",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=(EventType.CONTACT,),
        grains=(C, K, S, O),
        periods=DWM,
        value=shares(LEAD, CHANNEL),
        variants={C: share_of_all(LEAD.sql)},
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="B23",
        name="kol_sourced_join_count",
        zh="KOL造势进群",
        formula="joins by a channel of kind kol",
        unit="joins",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=MEMBERSHIP_EVENTS,
        dims=("dim_channel",),
        grains=(C, K),
        periods=DW,
        value=count(OPENED, f"countIf({_KOL})"),
        mode=Mode.BOTH,
        windows=(Window.DAY,),
    ),
    Metric(
        id="B23",
        name="kol_sourced_signup_count",
        zh="KOL造势报名",
        formula="signups to activities by a channel of kind kol",
        unit="signups",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.ACTIVITY,),
        dims=("dim_channel",),
        grains=(C, K),
        periods=DW,
        value=count(
            facts(EventType.ACTIVITY, "action = 'signup'", name="signup"), f"countIf({_KOL})"
        ),
        mode=Mode.BOTH,
        windows=(Window.DAY,),
    ),
)
