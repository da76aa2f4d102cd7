"""Community / Acquisition: where do members come from, what do they cost, and are they worth it?"""

from __future__ import annotations

from grafana.boards import Board, Placed, Row
from grafana.breakdowns import course_by, split_by
from grafana.catalogued import course, course_of, latest
from grafana.funnels import rates, reached
from grafana.panels import barchart, stat, table, timeseries
from grafana.rankings import Ranking
from grafana.slices import distribution
from pipeline.catalog.vocabulary import Grain
from pipeline.core.calendar import Period

_CHANNELS = Ranking(
    id="channels",
    title="Channels: joins, cost, return",
    grain=Grain.CHANNEL,
    period=Period.MONTH,
    metrics=(
        "new_member_count",
        "join_count",
        "channel_share",
        "cac",
        "cac_paying",
        "roi",
        "channel_conversion_rate",
        "fission_new_count",
    ),
)
_WORTH = Ranking(
    id="channel_worth",
    title="Channels: what their members are worth",
    grain=Grain.CHANNEL,
    period=Period.MONTH,
    metrics=("ltv_d30", "average_order_value", "zombie_member_ratio", "churn_rate", "gmv"),
    note="Average profit, orders and stay of those who came through it. ",
)
_CAMPAIGNS = Ranking(
    id="campaigns",
    title="Campaigns",
    grain=Grain.CAMPAIGN,
    period=Period.MONTH,
    metrics=("new_member_count", "join_rate", "cac", "roi", "gmv", "conversion_rate"),
)
_INVITERS = Ranking(
    id="fission_by_group",
    title="Groups that grow by invitation",
    grain=Grain.GROUP,
    period=Period.MONTH,
    metrics=("fission_new_count", "viral_coefficient", "referral_rate", "join_rate"),
    note="An id leads to the group's own board. ",
)

ACQUISITION = Board(
    uid="community-acquisition",
    title="Community / Acquisition and channels",
    description="Who came, through which channel and campaign, what it cost, what it returned, "
    "and how good the newcomers are.",
    tags=("community", "acquisition"),
    span="now-90d",
    modern=True,
    rows=(
        Row(
            "Newcomers, the last closed windows",
            [
                Placed(stat(latest(name, period)), 4, 5)
                for name, period in (
                    ("new_member_count", Period.WEEK),
                    ("join_rate", Period.WEEK),
                    ("retention_rate_d7", Period.DAY),
                    ("cac", Period.MONTH),
                    ("roi", Period.MONTH),
                    ("fission_new_count", Period.WEEK),
                )
            ],
        ),
        Row("Channels", (Placed(table(_CHANNELS.signal()), 24, 8),)),
        Row(
            "Over time",
            (
                Placed(timeseries(course_by("join_count", Grain.CHANNEL, Period.DAY)), 12, 8),
                Placed(
                    timeseries(
                        course(
                            "moves", "Joins and leaves", ["join_count", "leave_count"], Period.DAY
                        )
                    ),
                    12,
                    8,
                ),
                Placed(timeseries(course_by("cac", Grain.CHANNEL, Period.WEEK)), 12, 8),
                Placed(timeseries(course_of("viral_coefficient", Period.WEEK)), 12, 8),
            ),
        ),
        Row(
            "From invitation to join",
            (
                Placed(barchart(reached("join_funnel_step_rate", Period.WEEK)), 8, 8),
                Placed(table(rates("join_funnel_step_rate", Period.WEEK)), 8, 8),
                Placed(barchart(distribution("lead_source_share", Period.MONTH, "channel")), 8, 8),
            ),
        ),
        Row(
            "Quality of channels",
            (
                Placed(table(_WORTH.signal()), 24, 8),
                Placed(
                    table(
                        split_by(
                            "channel_quality", Grain.CHANNEL, Period.MONTH, "measure", in_order=True
                        )
                    ),
                    12,
                    10,
                ),
                Placed(
                    timeseries(course_by("retention_rate_d7", Grain.CHANNEL, Period.DAY)), 12, 10
                ),
            ),
            collapsed=True,
        ),
        Row(
            "Campaigns and ways to invite",
            (
                Placed(table(_CAMPAIGNS.signal()), 24, 8),
                Placed(
                    table(
                        split_by(
                            "join_rate_by_variant",
                            Grain.CHANNEL,
                            Period.MONTH,
                            "method/script/channel",
                        )
                    ),
                    12,
                    10,
                ),
                Placed(
                    table(split_by("join_count_by_source", Grain.CHANNEL, Period.MONTH, "source")),
                    12,
                    10,
                ),
            ),
            collapsed=True,
        ),
        Row(
            "Fission",
            (
                Placed(table(_INVITERS.signal()), 12, 9),
                Placed(
                    barchart(distribution("fission_channel_share", Period.MONTH, "channel")), 12, 9
                ),
            ),
            collapsed=True,
        ),
    ),
)
