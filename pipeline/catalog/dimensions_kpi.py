"""Dimensions of running a community by numbers: targets, stages, reviews, calendar, dates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import cast
from zoneinfo import ZoneInfo

from pipeline.catalog.dimension import VALID_FROM, VALID_TO, Column, Kind, Rule, Table, Values
from pipeline.catalog.dimension_columns import (
    COMMUNITY_TYPES,
    campaign,
    choice,
    computed,
    count,
    flag,
    group,
    identifier,
    metric,
    moment,
    number,
    owner,
    scope,
    share,
    text,
    validity,
)
from pipeline.catalog.period import period_days
from pipeline.core.calendar import midnight_ms


def _span_of_period(row: Values, zone: ZoneInfo) -> Values:
    code, first, after = period_days(str(row["period"]))
    return {
        "window": code,
        "start_ms": midnight_ms(first, zone),
        "end_ms": midnight_ms(after, zone),
    }


def _calendar(row: Values, _: ZoneInfo) -> Values:
    day = cast("date", row["date"])
    year, week, weekday = day.isocalendar()
    return {
        "iso_year": year,
        "iso_week": week,
        "month": day.month,
        "quarter": (day.month + 2) // 3,
        "weekday": weekday,
    }


def _metric(example: str = "conversion_rate") -> Column:
    return metric("metric", "Name of the metric, as in metric_value", example)


_PERIOD = (
    Column(
        name="period",
        kind=Kind.PERIOD,
        comment="The period: a year, quarter, month or ISO week of the reporting zone",
        example="2026-11",
        required=True,
    ),
    computed("window", Kind.TEXT, "Window code of the period, as in metric_value: Y, Q, M, W"),
    computed("start_ms", Kind.MOMENT, "Start of the period, epoch milliseconds"),
    computed("end_ms", Kind.MOMENT, "End of the period, exclusive, epoch milliseconds"),
)

_OF_THE_GRAIN = (
    Rule(
        column="scope_id",
        needs=("grain", "scope_id"),
        holds=lambda row: (row["grain"] == "O") is (row["scope_id"] == ""),
        wrong="does not fit its grain",
        remedy="Name the group, type, ... of the grain; only the grain O has none.",
    ),
    Rule(
        column="scope_id",
        needs=("grain", "scope_id"),
        holds=lambda row: row["grain"] != "T" or row["scope_id"] in ("", *COMMUNITY_TYPES),
        wrong="is no type of community",
        remedy=f"Write one of {', '.join(COMMUNITY_TYPES)}.",
    ),
)

KPI = (
    Table(
        name="kpi_target",
        comment="What a metric is meant to be, for one scope and period.",
        key=("target_id",),
        unique=("metric", "grain", "scope_id", "period", "version"),
        cards=("grain", "scope_id", "period", "version"),
        spans=((VALID_FROM, VALID_TO),),
        compute=_span_of_period,
        columns=(
            identifier("target_id", "The target", "t-2026-11-1", required=True),
            _metric(),
            *scope(),
            *_PERIOD,
            number("target", "What it is meant to be, in the metric's unit", "0.03", required=True),
            choice("direction", "Which way is better", ("higher", "lower"), "higher"),
            share("weight", "Weight in the card of its scope and period; 0 = not scored", "1"),
            choice("kind", "Result, or what leads to it", ("result", "process"), "result"),
            identifier("parent_id", "Target that it is a part of", refers="kpi_target"),
            identifier("stage_id", "Stage that answers for it", refers="kpi_stage"),
            choice(
                "goal",
                "Which of the goals it serves",
                ("marketing_conversion", "private_traffic_pool", "brand_exposure"),
                "marketing_conversion",
                required=False,
            ),
            flag("is_north_star", "Whether it is the one metric of its goal", "yes"),
            count("version", "Version of the card; a new phase makes a new one", "1"),
            choice("status", "Whether it is agreed on", ("proposed", "agreed"), "agreed"),
            owner("the target"),
            *validity("the target", "2026-11-01"),
        ),
        rules=(
            *_OF_THE_GRAIN,
            Rule(
                column="target",
                needs=("target", "direction"),
                holds=lambda row: (
                    cast("Decimal", row["target"]) > 0
                    or (row["direction"] == "lower" and row["target"] == 0)
                ),
                wrong="is not above 0",
                remedy="Only where lower is better a target may be 0; none is negative.",
            ),
            Rule(
                column="parent_id",
                needs=("parent_id", "target_id"),
                holds=lambda row: row["parent_id"] != row["target_id"],
                wrong="is the target itself",
                remedy="Name the target that this one is a part of, or none.",
            ),
        ),
    ),
    Table(
        name="kpi_stage",
        comment="A stage of a chain: what comes in, what goes out, and who answers for it.",
        key=("stage_id",),
        unique=("chain", "grain", "scope_id", "position"),
        columns=(
            identifier("stage_id", "The stage", "sales-2", required=True),
            text("chain", "The chain it is a link of", "sales", required=True),
            *scope(),
            count("position", "Its place in the chain, from 1 on", "2", required=True),
            text("name", "Name for people", "Inquiry to order"),
            metric("metric_in", "Metric of what comes in", "inquiry_user_count"),
            metric("metric_out", "Metric of what goes out", "order_count"),
            share("planned_rate", "Share of it that is to go out; 0 = not planned", "0.1"),
            owner("the stage"),
        ),
        rules=_OF_THE_GRAIN,
    ),
    Table(
        name="kpi_review",
        comment="A gap that was looked into: its cause, and what is done about it.",
        key=("review_id",),
        spans=(("opened_ms", "closed_ms"),),
        compute=_span_of_period,
        columns=(
            identifier("review_id", "The review", "r-2026-11-1", required=True),
            _metric(),
            *scope(),
            *_PERIOD,
            number("gap", "Actual less target, in the metric's unit", "-0.005"),
            text("cause", "Why there is a gap", "Few came to the live show"),
            text("actions", "What is done about it", "Remind members an hour before"),
            owner("the actions"),
            moment("opened_ms", "When it was opened", "2026-12-01T10:00:00"),
            moment("due_ms", "When the actions are due", "2026-12-15"),
            moment("closed_ms", "When it was closed", absent="open"),
        ),
        rules=_OF_THE_GRAIN,
    ),
    Table(
        name="experiment",
        comment="A trial: one thing changed at a time, and what came of it.",
        key=("experiment_id",),
        spans=(("start_ms", "end_ms"),),
        columns=(
            identifier("experiment_id", "The trial", "e-1", required=True),
            campaign("Campaign it belongs to"),
            _metric("join_rate"),
            text("goal", "What it is for", "More of the invited join"),
            text("strategy", "How that is to be reached", "A warmer wording"),
            text("hypothesis", "What is held to be true", "Wording B brings more in"),
            Column(
                name="variants",
                kind=Kind.IDS,
                comment="What is compared, as scripts or channels",
                example="invite-a; invite-b",
            ),
            moment("start_ms", "When it began", "2026-11-01"),
            moment("end_ms", "When it ended, exclusive", "2026-11-15", absent="it runs"),
            text("result", "What came of it", "B: 31 %, A: 24 %"),
            text("adjustment", "What was changed after it", "B is used from now on"),
        ),
    ),
    Table(
        name="benchmark",
        comment="What others in the industry reach.",
        key=("industry", "metric", "period"),
        columns=(
            text("industry", "The industry", "bookshops", required=True),
            _metric(),
            text("period", "When it was so", "2025", required=True),
            number("value", "Its value, in the metric's unit", "0.025", required=True),
            text("source", "Who says so", "Yearbook of the trade", required=True),
        ),
    ),
)

CALENDAR = (
    Table(
        name="ops_calendar",
        comment="What staff are to do when, and the key nodes of campaigns.",
        key=("item_id",),
        columns=(
            identifier("item_id", "The item, as in staff actions", "c-1", required=True),
            group("The group it is for"),
            campaign("Campaign it belongs to"),
            identifier("topic_id", "Topic it opens", "long-nights", refers="dim_topic"),
            text("kind", "Kind: node, topic, duty, task, ...", "node"),
            text("node", "Name of the key node", "Payment opens"),
            moment("planned_ms", "When it is to be done", "2026-11-01T19:00:00"),
            moment("due_ms", "When it must be done", "2026-11-01T20:00:00"),
            owner("it"),
            share("forecast_progress", "Progress forecast for the node", "0.5"),
            count("forecast_deals", "Orders forecast for the node", "12"),
            text("reserved", "What is reserved to take them over", "2 colleagues of sales"),
            moment("done_ms", "When it was done", absent="not yet"),
        ),
    ),
    Table(
        name="dim_date",
        comment="A day of the calendar that is told of, as a holiday.",
        key=("date",),
        compute=_calendar,
        columns=(
            Column(
                name="date",
                kind=Kind.DAY,
                comment="The day, in the reporting zone",
                example="2026-10-01",
                required=True,
            ),
            computed("iso_year", Kind.COUNT, "Year of its ISO week"),
            computed("iso_week", Kind.COUNT, "Its ISO week, 1 to 53"),
            computed("month", Kind.COUNT, "Its month, 1 to 12"),
            computed("quarter", Kind.COUNT, "Its quarter, 1 to 4"),
            computed("weekday", Kind.COUNT, "Its weekday, 1 = Monday to 7 = Sunday"),
            flag("is_holiday", "Whether it is a holiday", "yes"),
            text("name", "Name of the day", "National Day"),
        ),
    ),
)
