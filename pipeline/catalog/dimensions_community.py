"""Dimensions of the community itself: its groups, its people, and the words for what they do."""

from __future__ import annotations

from pipeline.catalog.dimension import VALID_FROM, VALID_TO, Rule, Table
from pipeline.catalog.dimension_columns import (
    COMMUNITY_TYPES,
    choice,
    count,
    flag,
    group,
    identifier,
    moment,
    owner,
    person,
    text,
    validity,
)

PARTIES = ("enterprise_client", "end_user", "full_time_lecturer", "part_time_lecturer")
"""What a member may be as transaction_party."""

GROUPS = (
    Table(
        name="dim_group",
        comment="A group: what it is for, and from when to when it is there.",
        key=("group_id",),
        spans=(("created_ms", "dissolved_ms"),),
        columns=(
            identifier("group_id", "The group, as in events", "readers-7", required=True),
            text("name", "Name for people", "Readers of the old town"),
            choice("community_type", "Kind of community", COMMUNITY_TYPES, "content"),
            choice("side", "Business or consumers", ("b", "c"), "c", required=False),
            text("primary_purpose", "What it is for; chooses its indicators", "sell books"),
            text("secondary_purpose", "What it is for besides", "referrals"),
            flag("is_project_driven", "Whether it is judged by its output instead of KPIs"),
            owner("the group"),
            moment("created_ms", "When it was founded", "2026-01-05"),
            moment("dissolved_ms", "When it was dissolved", absent="it was not"),
            flag("kpi_enabled", "Whether its KPIs are scored", "yes"),
        ),
    ),
    Table(
        name="dim_group_phase",
        comment="The phases of a group's life, one after the other.",
        key=("group_id", VALID_FROM),
        valid=True,
        spans=((VALID_FROM, VALID_TO),),
        columns=(
            group(required=True),
            choice("phase", "Phase of its life", ("seed", "nurture", "monetise"), "nurture"),
            *validity("the phase", "2026-01-05"),
        ),
    ),
)

PEOPLE = (
    Table(
        name="dim_staff",
        comment="A member of staff.",
        key=("staff_id",),
        columns=(
            person("staff_id", "The member of staff", "alice", required=True),
            choice(
                "role",
                "What they do",
                ("class_teacher", "operations", "assistant", "sales", "service"),
                "operations",
            ),
            text("team", "Team they belong to", "north"),
            flag("is_core", "Whether they are of the core team", "yes"),
            flag("is_rewarded", "Whether they are rewarded, so that KPIs may bind them"),
            count("sla_seconds", "Seconds within which they answer; 0 = not agreed", "300"),
        ),
    ),
    Table(
        name="dim_member_role",
        comment="Roles of members in a group, from when to when; one may have several.",
        key=("user_id", "group_id", "role", VALID_FROM),
        valid=True,
        spans=((VALID_FROM, VALID_TO),),
        columns=(
            person("user_id", "The member", required=True),
            group(required=True),
            choice(
                "role",
                "What they are in the group",
                (
                    *("kol", "koc", "atmosphere", "captain"),
                    *("leader", "study", "organiser", "duty"),
                ),
                "kol",
            ),
            *validity("the role", "2026-02-01"),
        ),
    ),
    Table(
        name="dim_team",
        comment="A team within a group, and who leads it.",
        key=("team_id",),
        columns=(
            identifier("team_id", "The team", "readers-7-a", required=True),
            group(required=True),
            person("leader_user_id", "The member who leads it"),
        ),
    ),
    Table(
        name="dim_member_profile",
        comment="What is known of a member, one attribute a row.",
        key=("user_id", "attribute"),
        columns=(
            person("user_id", "The member", required=True),
            choice(
                "attribute",
                "What is told of them",
                (
                    *("job_content", "career_need", "working_hours", "weekend_habits"),
                    *("product_link", "wanted_resources", "transaction_party"),
                ),
                "weekend_habits",
            ),
            text("value", f"What it is; of transaction_party: {', '.join(PARTIES)}", "hikes"),
        ),
        rules=(
            Rule(
                column="value",
                needs=("attribute", "value"),
                holds=lambda row: (
                    row["attribute"] != "transaction_party" or row["value"] in PARTIES
                ),
                wrong="is no transaction party",
                remedy=f"Write one of {', '.join(PARTIES)}.",
            ),
        ),
    ),
)

WORDS = (
    Table(
        name="dim_tag",
        comment="A tag that is put on members.",
        key=("tag_id",),
        columns=(
            identifier("tag_id", "The tag, as in events", "vip", required=True),
            text("name", "Name for people", "Very important"),
            text("rule", "Rule that puts it on; none = by hand", "3 paid orders in 90 days"),
        ),
    ),
    Table(
        name="dim_survey",
        comment="The options of a survey's questions.",
        key=("survey_id", "question_id", "option_id"),
        columns=(
            identifier("survey_id", "The survey, as in events", "books-2026", required=True),
            identifier("question_id", "The question, as in events", "q1", required=True),
            identifier("option_id", "The option, as answers name it; none = the question", "a"),
            text("text", "Its text", "I mean to buy a book this month"),
        ),
    ),
    Table(
        name="dim_reason",
        comment="Why members leave, money is paid back, or somebody complains.",
        key=("kind", "reason_code"),
        columns=(
            identifier("reason_code", "The reason, as in events", "slow_care", required=True),
            choice("kind", "What it is a reason for", ("leave", "refund", "complaint"), "leave"),
            text("name", "Name for people", "Slow care"),
        ),
    ),
    Table(
        name="dim_partner",
        comment="A partner of an alliance.",
        key=("partner_id",),
        columns=(
            identifier("partner_id", "The partner, as in events", "tea-house", required=True),
            text("name", "Name for people", "The tea house"),
        ),
    ),
)
