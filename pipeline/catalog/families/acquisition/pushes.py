"""Pushes: whom they reach, who reads them, who answers a welcome or a survey."""

from __future__ import annotations

from pipeline.catalog.families.acquisition.relations import C, G, K, O, S, T
from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import Relation, after, within
from pipeline.catalog.relations import facts, persons
from pipeline.catalog.scripts import followed
from pipeline.catalog.thresholds import REACH_DROP
from pipeline.catalog.value import Measure, Ratio, Script, ratio
from pipeline.catalog.vocabulary import DW, Direction, Kind, Mode, Window, Zero
from pipeline.core.calendar import Period
from pipeline.core.signals import HOUR_MS
from schemas.event_type import EventType


def _pushed(action: str, then: str, condition: str = "1") -> Relation:
    """Pushes of which `action` is told in the window, and whether `then` is told of them too."""
    return Relation(
        f"push {action}",
        f"""
SELECT *, (push_id, user_id) IN (
    SELECT push_id, user_id FROM v_delivery WHERE {within()} AND action = '{then}'
) AS goes_on
FROM v_delivery
WHERE {within()} AND action = '{action}' AND {condition}""",
        (EventType.DELIVERY,),
    )


_IN_TIME = f"%(welcome_hours)s * {HOUR_MS}"

_REPLIES = within(until=after(_IN_TIME))

_WELCOMED = Relation(
    "welcome",
    followed(
        f"""
    SELECT *, user_id AS person
    FROM v_delivery
    WHERE {within()} AND action = 'delivered' AND push_kind = 'welcome'""",
        f"""
    SELECT user_id AS who, event_ms AS then_ms
    FROM v_chat
    WHERE {_REPLIES} AND actor_role = 'member' AND msg_type != 'system'
    UNION ALL
    SELECT user_id, event_ms
    FROM v_session
    WHERE {_REPLIES} AND actor_role = 'member' AND action = 'opened'""",
        _IN_TIME,
    ),
    (EventType.DELIVERY, EventType.CHAT),
)
"""Welcomes that arrived in the window; `followed`: by a chat or conversation of the person."""

_ANSWERS = "actor_role = 'member' AND feedback_kind = 'survey' AND survey_id != ''"

_ASKED = Relation(
    "person asked",
    f"""
SELECT *, (content_id, user_id) IN (
    SELECT survey_id, user_id FROM v_feedback WHERE {within()} AND {_ANSWERS}
) AS responded
FROM v_delivery
WHERE {within()} AND action = 'sent' AND push_kind = 'survey'""",
    (EventType.DELIVERY, EventType.FEEDBACK),
)
"""Surveys sent to persons, by content_id, and whether they `responded`."""

PUSHES: tuple[Metric, ...] = (
    Metric(
        id="B17",
        name="reach_rate",
        zh="触达率",
        formula="of the persons to whom a push was sent in the window, each push for itself, the"
        " share to whom it was delivered in it",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.DELIVERY,),
        grains=(G, C, K, S, O),
        periods=DW,
        value=ratio(
            _pushed("sent", "delivered"),
            "uniqExactIf((push_id, user_id), goes_on)",
            "uniqExact(push_id, user_id)",
        ),
        base="pushes to persons",
        drops=(REACH_DROP,),
        windows=(Window.HOUR,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="B18",
        name="push_read_rate",
        zh="重要内容一对一私发阅读率",
        formula="of the persons to whom a private push was delivered in the window the share who"
        " read one in it",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.DELIVERY,),
        grains=(G, K, S),
        periods=DW,
        value=ratio(
            _pushed("delivered", "read", "push_kind = 'private'"),
            persons("goes_on"),
            "uniqExact(user_id)",
        ),
    ),
    Metric(
        id="B19",
        name="welcome_reply_rate",
        zh="欢迎语回复率",
        formula="of the persons to whom a welcome was delivered in the window the share who chat or"
        " open a conversation within welcome_hours",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.DELIVERY, EventType.CHAT),
        optional=(EventType.SESSION,),
        grains=(G, S, K),
        periods=DW,
        value=ratio(_WELCOMED, persons("followed"), "uniqExact(user_id)"),
        matures_days=1,
        note="A chat in any group counts.",
    ),
    Metric(
        id="B24",
        name="survey_response_rate",
        zh="问卷回收率",
        formula="of the persons to whom a survey was sent the share who answered it; sliced by"
        " survey, which is the content_id of the push",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.FEEDBACK, EventType.DELIVERY),
        grains=(K, G, T),
        periods=(Period.EVER,),
        value=Ratio(
            Measure(_ASKED, persons("responded"), "content_id"),
            Measure(_ASKED, "uniqExact(user_id)", "content_id"),
        ),
    ),
    Metric(
        id="B24",
        name="survey_option_share",
        zh="问卷选项占比",
        formula="members who chose an option / members who answered the question; sliced by"
        " survey/question/option",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=(EventType.FEEDBACK,),
        grains=(K, G, T),
        periods=(Period.EVER,),
        value=Script(
            f"""
SELECT scope, survey_id || '/' || question_id || '/' || answer AS slice,
    uniqExact(user_id) AS numerator,
    any(respondents) AS denominator
FROM (
    SELECT *, uniqExact(user_id) OVER (PARTITION BY scope, survey_id, question_id) AS respondents
    FROM (
        SELECT {{scope}}, survey_id, question_id, answer, user_id
        FROM ({facts(EventType.FEEDBACK, _ANSWERS).sql})
    )
)
GROUP BY scope, slice""",
            Zero.RATIO,
        ),
    ),
)
