"""The declarations: the names others write SQL against, and tables that contradict themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pipeline.catalog.dimension import HOW, VALID_FROM, Column, Kind
from pipeline.catalog.dimensions import DIMENSIONS, TABLES
from pipeline.catalog.sql_contradictions import QUESTIONS, RULES
from pipeline.errors import CatalogError

COLUMNS = {
    "dim_group": "group_id name community_type side primary_purpose secondary_purpose"
    " is_project_driven owner_staff_id created_ms dissolved_ms kpi_enabled",
    "dim_group_phase": "group_id phase valid_from_ms valid_to_ms",
    "dim_channel": "channel_id name kind owner",
    "dim_campaign": "campaign_id name kind start_ms end_ms paid_launch_ms group_ids budget scene",
    "dim_script": "script_id version kind text",
    "dim_content": "content_id kind title is_brand",
    "dim_topic": "topic_id title topic_type mode host speaker",
    "dim_activity": "activity_id kind mode group_id campaign_id planned_ms start_ms end_ms target",
    "dim_product": "product_id name category_id brand price cost term_days",
    "dim_coupon": "coupon_id kind value valid_from_ms valid_to_ms",
    "dim_course": "course_id title opening_ms campaign_id",
    "dim_task": "task_id course_id release_ms due_ms",
    "dim_staff": "staff_id role team is_core is_rewarded sla_seconds",
    "dim_member_role": "user_id group_id role valid_from_ms valid_to_ms",
    "dim_team": "team_id group_id leader_user_id",
    "dim_member_profile": "user_id attribute value",
    "dim_tag": "tag_id name rule",
    "dim_survey": "survey_id question_id option_id text",
    "dim_reason": "reason_code kind name",
    "dim_partner": "partner_id name",
    "ops_calendar": "item_id group_id campaign_id topic_id kind node planned_ms due_ms"
    " owner_staff_id forecast_progress forecast_deals reserved done_ms",
    "dim_date": "date iso_year iso_week month quarter weekday is_holiday name",
}
GROUP = DIMENSIONS["dim_group"]


def test_the_names_that_others_write_sql_against() -> None:
    for name, columns in COLUMNS.items():
        assert [column.name for column in DIMENSIONS[name].columns] == columns.split(), name
    others = {"kpi_target", "kpi_stage", "kpi_review", "experiment", "benchmark"}
    assert set(DIMENSIONS) == set(COLUMNS) | others


def test_every_kind_says_how_it_is_written() -> None:
    assert set(HOW) == set(Kind)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_keys_are_required_or_may_be_empty_on_purpose(table: Any) -> None:
    optional = {name for name in table.key if not table.by_name[name].required}
    assert optional <= {VALID_FROM, "option_id"}
    assert all(table.by_name[name].kind is not Kind.IDS for name in table.key)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Groups"},
        {"key": ("id",)},
        {"valid": True},
        {"columns": (*GROUP.columns, GROUP.columns[0])},
        {"columns": (*GROUP.columns, Column(name="x", kind=Kind.CHOICE, comment="c"))},
        {"columns": (*GROUP.columns, Column(name="x", kind=Kind.SCOPE, comment="c"))},
        {"columns": (*GROUP.columns, Column(name="x", kind=Kind.ID, comment=""))},
        {"columns": (*GROUP.columns, Column(name="x", kind=Kind.ID, comment="c", computed=True))},
        {"compute": lambda row, zone: row},
        {"spans": (("created_ms", "ended_ms"),)},
    ],
)
def test_a_table_that_contradicts_itself_is_an_error(change: dict[str, Any]) -> None:
    with pytest.raises(CatalogError, match="contradicts itself"):
        replace(GROUP, **change)


def test_rules_have_names_of_their_own_and_words() -> None:
    assert sum(len(question.rules) for question in QUESTIONS) == len(RULES)
    assert all(words.endswith(".") for words in RULES.values())
