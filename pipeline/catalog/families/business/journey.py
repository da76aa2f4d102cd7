"""The way to an order: how long it took, from where, by whose inquiry, over which stage."""

from __future__ import annotations

from pipeline.catalog.families.business.relations import CONVERTED, INQUIRY
from pipeline.catalog.metric import Metric
from pipeline.catalog.relations import MEMBERSHIP_EVENTS, facts, persons
from pipeline.catalog.thresholds import INQUIRIES_BELOW_PLAN, INQUIRIES_DROP
from pipeline.catalog.value import Script, Statistic, count, ratio, statistic
from pipeline.catalog.vocabulary import DWM, WM, Direction, Grain, Kind, Mode, Window, Zero
from schemas.event_type import EventType

G, T, C, K, S, P, O = (  # noqa: E741
    Grain.GROUP,
    Grain.TYPE,
    Grain.CHANNEL,
    Grain.CAMPAIGN,
    Grain.STAFF,
    Grain.OBJECT,
    Grain.OVERALL,
)


def _cycle(name: str, zh: str, words: str, value: Statistic, contact: bool = False) -> Metric:
    since = "first contact" if contact else "first join"
    return Metric(
        id="F19",
        name=name,
        zh=zh,
        formula=f"{words} of the days from the {since} to the first paid order, over persons whose"
        " first paid order is in the window",
        unit="days",
        kind=Kind.RESULT,
        direction=Direction.LOWER,
        zero=Zero.STATISTIC,
        events=(EventType.ORDER, EventType.CONTACT)
        if contact
        else (EventType.ORDER, *MEMBERSHIP_EVENTS),
        grains=(G, T, C, K, O),
        periods=WM,
        value=value,
        note=f"Group, channel and campaign are those of the order. Without a {since} before it, a"
        " person is left out.",
    )


def _share(name: str, zh: str, what: str, select: str) -> Metric:
    return Metric(
        id="F20",
        name=name,
        zh=zh,
        formula=f"{what} whose first paid order is in the window by the channel, group, content,"
        " campaign or staff that this order names / all of them",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=(EventType.ORDER,),
        grains=(C, K, G, P, S),
        periods=WM,
        value=Script(
            f"""
SELECT {{scope}}, {select} AS numerator, sum(numerator) OVER (PARTITION BY scope.1) AS denominator
FROM v_paid_order
WHERE paid_ms >= %(start_ms)s AND paid_ms < %(end_ms)s AND number = 1 AND actor_role = 'member'
GROUP BY scope""",
            Zero.RATIO,
            {
                grain: f"if({column} = '', 'unknown', {column})"
                for grain, column in (
                    (G, "group_id"),
                    (K, "campaign_id"),
                    (P, "content_id"),
                    (S, "staff_id"),
                )
            },
        ),
        note="What is not known is 'unknown', so that the shares sum to 1. The group is the one"
        " that gets the order.",
    )


JOURNEY: tuple[Metric, ...] = (
    _cycle(
        "conversion_cycle_days",
        "转化周期",
        "median",
        statistic(CONVERTED, "quantileExactInclusiveIf(0.5)(days, joined)", "countIf(joined)"),
    ),
    _cycle(
        "conversion_cycle_days_mean",
        "平均转化周期",
        "mean",
        statistic(CONVERTED, "avgIf(days, joined)", "countIf(joined)"),
    ),
    _cycle(
        "conversion_cycle_days_p90",
        "转化周期P90",
        "90th percentile (interpolated)",
        statistic(CONVERTED, "quantileExactInclusiveIf(0.9)(days, joined)", "countIf(joined)"),
    ),
    _cycle(
        "contact_conversion_cycle_days",
        "转化周期(自首次接触)",
        "median",
        statistic(CONVERTED, "quantileExactInclusiveIf(0.5)(days_met, met)", "countIf(met)"),
        contact=True,
    ),
    _share("conversion_source_share", "转化来源", "persons", "count()"),
    _share(
        "conversion_source_revenue_share",
        "转化来源(金额)",
        "amount of orders of persons",
        "toFloat64(sum(amount_paid))",
    ),
    Metric(
        id="F21",
        name="inquiry_user_count",
        zh="咨询人数",
        formula="distinct persons who opened an inquiry",
        unit="persons",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.SESSION,),
        grains=(G, S, K, O),
        periods=DWM,
        value=count(INQUIRY, "uniqExact(user_id)"),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        note="Of staff: the one that the inquiry names, else who replied first.",
    ),
    Metric(
        id="F21",
        name="inquiry_to_paid_rate",
        zh="咨询付费率",
        formula="persons with an order paid within the attribution days after an inquiry of theirs"
        " / distinct persons who opened an inquiry",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.SESSION, EventType.ORDER),
        grains=(G, S, K, O),
        periods=DWM,
        value=ratio(INQUIRY, persons("paid"), "uniqExact(user_id)"),
        matures_days=7,
        early=True,
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        note="The order may be anywhere: the inquiry gets it.",
        base="persons who inquired",
        drops=(INQUIRIES_DROP, INQUIRIES_BELOW_PLAN),
    ),
    Metric(
        id="F22",
        name="stage_handoff_count",
        zh="向下一环节输送人数",
        formula="distinct persons whose service conversation was transferred in the window",
        unit="persons",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.SESSION,),
        grains=(G, S, K),
        periods=DWM,
        value=count(
            facts(EventType.SESSION, "action = 'transferred'", name="transfer"),
            "uniqExact(user_id)",
        ),
        note="An order or inquiry that the owner of the next stage records is none: the facts do"
        " not tell who recorded it.",
    ),
)
