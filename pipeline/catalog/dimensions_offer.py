"""Dimensions of what the community is offered: ways in, content, activities, courses, goods."""

from __future__ import annotations

from pipeline.catalog.dimension import VALID_FROM, VALID_TO, Column, Kind, Table
from pipeline.catalog.dimension_columns import (
    campaign,
    choice,
    count,
    flag,
    group,
    identifier,
    moment,
    money,
    person,
    text,
    validity,
)

REACH = (
    Table(
        name="dim_channel",
        comment="A channel that people come in by.",
        key=("channel_id",),
        columns=(
            identifier("channel_id", "The channel, as in events", "search-ads", required=True),
            text("name", "Name for people", "Search engine ads"),
            choice(
                "kind",
                "Kind of channel",
                (
                    *("moments", "official_account", "search", "email", "kol"),
                    *("short_video", "offline", "member_referral", "website", "unknown"),
                ),
                "search",
            ),
            text("owner", "Who is in charge of it: a team, no person's name", "marketing"),
        ),
    ),
    Table(
        name="dim_campaign",
        comment="A campaign: when it runs, for which groups, and what it may cost.",
        key=("campaign_id",),
        spans=(("start_ms", "end_ms"),),
        columns=(
            identifier("campaign_id", "The campaign, as in events", "autumn-sale", required=True),
            text("name", "Name for people", "Autumn sale"),
            text("kind", "Kind of campaign", "sale"),
            moment("start_ms", "When it begins", "2026-10-01"),
            moment("end_ms", "When it ends, exclusive", "2026-12-01", absent="open"),
            moment("paid_launch_ms", "When paying begins", "2026-11-01T20:00:00"),
            Column(
                name="group_ids",
                kind=Kind.IDS,
                comment="Groups it is for",
                example="readers-7",
                refers="dim_group",
            ),
            money("budget", "What it may cost", "5000.00"),
            choice(
                "scene",
                "Where it is held",
                ("existing_group", "new_split_group"),
                "existing_group",
                required=False,
            ),
        ),
    ),
    Table(
        name="dim_script",
        comment="A wording that is sent; another version of it has an id of its own.",
        key=("script_id",),
        columns=(
            identifier("script_id", "The wording, as in events", "invite-b", required=True),
            count("version", "Which version it is; 0 = not told", "2"),
            choice("kind", "What it is for", ("invite", "welcome", "opening", "sales"), "invite"),
            text("text", "The wording", "Come and read with us"),
        ),
    ),
)

CONTENT = (
    Table(
        name="dim_content",
        comment="A piece of content.",
        key=("content_id",),
        columns=(
            identifier("content_id", "The content, as in events", "article-12", required=True),
            text("kind", "Kind of content, as content_kind of publish events", "article"),
            text("title", "Its title", "Ten books for long nights"),
            flag("is_brand", "Whether it is about the brand"),
        ),
    ),
    Table(
        name="dim_topic",
        comment="A topic of discussion.",
        key=("topic_id",),
        columns=(
            identifier("topic_id", "The topic, as in events", "long-nights", required=True),
            text("title", "Its title", "Books for long nights"),
            choice(
                "topic_type",
                "Kind of topic",
                ("universal", "professional", "personal"),
                "universal",
            ),
            choice("mode", "How it comes up", ("random", "formal"), "formal", required=False),
            person("host", "Who hosts it", "alice"),
            person("speaker", "Who speaks"),
        ),
    ),
    Table(
        name="dim_activity",
        comment="An activity: what is planned, when, and for how many.",
        key=("activity_id",),
        spans=(("start_ms", "end_ms"),),
        columns=(
            identifier("activity_id", "The activity, as in events", "live-3", required=True),
            text("kind", "Kind: fission, qa, topic, survey, live, course, ...", "live"),
            choice("mode", "Where it is held", ("online", "offline"), "online"),
            group("The group it is held in; none = several"),
            campaign("Campaign it belongs to"),
            moment("planned_ms", "When it was to begin", "2026-11-07T20:00:00"),
            moment("start_ms", "When it began", "2026-11-07T20:05:00"),
            moment("end_ms", "When it ended, exclusive", "2026-11-07T21:00:00"),
            count("target", "Persons who are meant to take part; 0 = no target", "40"),
        ),
    ),
    Table(
        name="dim_course",
        comment="A course.",
        key=("course_id",),
        columns=(
            identifier("course_id", "The course, as in events", "reading-21", required=True),
            text("title", "Its title", "21 days of reading"),
            moment("opening_ms", "When it opens", "2026-11-02"),
            campaign("Campaign it belongs to"),
        ),
    ),
    Table(
        name="dim_task",
        comment="A task of a course.",
        key=("task_id",),
        spans=(("release_ms", "due_ms"),),
        columns=(
            identifier("task_id", "The task, as in events", "reading-21-1", required=True),
            identifier("course_id", "Its course", "reading-21", required=True, refers="dim_course"),
            moment("release_ms", "When it is given out", "2026-11-02T08:00:00"),
            moment("due_ms", "When it is due, exclusive", "2026-11-03"),
        ),
    ),
)

SHOP = (
    Table(
        name="dim_product",
        comment="A product.",
        key=("product_id",),
        columns=(
            identifier("product_id", "The product, as in orders", "atlas", required=True),
            text("name", "Name for people", "Atlas of quiet places"),
            identifier("category_id", "Its category", "books"),
            text("brand", "Its brand", "Old Town Press"),
            money("price", "Price of one piece", "39.90"),
            money("cost", "Cost of one piece", "21.50"),
            count("term_days", "Days that it lasts, as a subscription; 0 = for good", ""),
        ),
    ),
    Table(
        name="dim_coupon",
        comment="A coupon.",
        key=("coupon_id",),
        spans=((VALID_FROM, VALID_TO),),
        columns=(
            identifier("coupon_id", "The coupon, as in orders", "hello-5", required=True),
            text("kind", "Kind: newcomer, ...", "newcomer"),
            money("value", "What it takes off", "5.00"),
            *validity("the coupon", "2026-10-01"),
        ),
    ),
)
