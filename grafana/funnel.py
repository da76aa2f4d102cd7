"""Community / Funnel: where do people drop off on the way to an order, and how long is the way?"""

from __future__ import annotations

from grafana.boards import Board, Placed, Row
from grafana.breakdowns import course_by, split_by
from grafana.catalogued import course, course_of, latest
from grafana.funnels import rates, reached
from grafana.milestones import FUNNEL, FUNNEL_RATES
from grafana.panels import barchart, bargauge, stat, table, timeseries
from grafana.rankings import Ranking
from pipeline.catalog.vocabulary import Grain
from pipeline.core.calendar import Period

_BY_CHANNEL = Ranking(
    id="conversion_by_channel",
    title="Conversion by channel",
    grain=Grain.CHANNEL,
    period=Period.MONTH,
    metrics=(
        "channel_conversion_rate",
        "conversion_rate",
        "paying_user_count",
        "average_order_value",
        "conversion_cycle_days",
        "conversion_source_share",
    ),
)
_BY_GROUP = Ranking(
    id="conversion_by_group",
    title="Conversion by group",
    grain=Grain.GROUP,
    period=Period.WEEK,
    metrics=(
        "conversion_rate",
        "order_count",
        "gmv",
        "average_order_value",
        "returning_buyer_rate",
    ),
    note="The highest conversion first; an id leads to the group's own board. ",
)
_BY_CAMPAIGN = Ranking(
    id="conversion_by_campaign",
    title="Conversion by campaign",
    grain=Grain.CAMPAIGN,
    period=Period.MONTH,
    metrics=("conversion_rate", "order_count", "gmv", "inquiry_to_paid_rate"),
)

FUNNEL_BOARD = Board(
    uid="community-funnel",
    title="Community / Funnel and conversion",
    description="From joining to paying: how many reach each step, how long it takes, which "
    "channels and paths lead there.",
    tags=("community", "funnel"),
    span="now-90d",
    modern=True,
    rows=(
        Row(
            "Conversion, the last closed week",
            [
                Placed(stat(latest(name, Period.WEEK)), 4, 5)
                for name in (
                    "conversion_rate",
                    "visit_to_order_rate",
                    "payment_rate",
                    "inquiry_to_paid_rate",
                    "returning_buyer_rate",
                    "conversion_cycle_days",
                )
            ],
        ),
        Row(
            "Step by step",
            (
                Placed(bargauge(FUNNEL), 8, 7),
                Placed(barchart(reached("aarrr_funnel", Period.MONTH)), 8, 7),
                Placed(table(rates("aarrr_funnel", Period.MONTH)), 8, 7),
                Placed(stat(FUNNEL_RATES), 24, 4),
            ),
        ),
        Row(
            "Over time",
            (
                Placed(timeseries(course_of("conversion_rate", Period.DAY)), 8, 7),
                Placed(
                    timeseries(
                        course(
                            "payers",
                            "Orders and payers",
                            ["order_count", "paying_user_count"],
                            Period.DAY,
                        )
                    ),
                    8,
                    7,
                ),
                Placed(
                    timeseries(
                        course(
                            "cycle",
                            "Days from first join to first order",
                            [
                                "conversion_cycle_days",
                                "conversion_cycle_days_mean",
                                "conversion_cycle_days_p90",
                            ],
                            Period.WEEK,
                        )
                    ),
                    8,
                    7,
                ),
            ),
        ),
        Row("Groups", (Placed(table(_BY_GROUP.signal()), 24, 9),)),
        Row(
            "Channels and campaigns",
            (
                Placed(table(_BY_CHANNEL.signal()), 24, 8),
                Placed(table(_BY_CAMPAIGN.signal()), 24, 8),
                Placed(timeseries(course_by("conversion_rate", Grain.CHANNEL, Period.WEEK)), 24, 8),
            ),
            collapsed=True,
        ),
        Row(
            "Chains and stages, by group and type",
            (
                Placed(
                    table(
                        split_by(
                            "operations_chain", Grain.GROUP, Period.WEEK, "step", in_order=True
                        )
                    ),
                    12,
                    10,
                ),
                Placed(
                    table(
                        split_by(
                            "five_stage_funnel", Grain.TYPE, Period.MONTH, "step", in_order=True
                        )
                    ),
                    12,
                    10,
                ),
                Placed(
                    table(
                        split_by(
                            "training_camp_funnel",
                            Grain.CAMPAIGN,
                            Period.EVER,
                            "step",
                            in_order=True,
                        )
                    ),
                    24,
                    8,
                ),
            ),
            collapsed=True,
        ),
        Row(
            "Paths and causes",
            (
                Placed(
                    table(split_by("conversion_path", Grain.CHANNEL, Period.MONTH, "path")), 12, 10
                ),
                Placed(
                    table(
                        split_by("conversion_transition", Grain.CHANNEL, Period.MONTH, "from > to")
                    ),
                    12,
                    10,
                ),
                Placed(
                    table(split_by("key_conversion_factor", Grain.TYPE, Period.MONTH, "factor")),
                    12,
                    10,
                ),
                Placed(
                    table(split_by("factor_p_value", Grain.TYPE, Period.MONTH, "factor")), 12, 10
                ),
            ),
            collapsed=True,
        ),
    ),
)
