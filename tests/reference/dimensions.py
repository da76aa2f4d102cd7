"""Dimension tables, until they have a migration of their own: as they will be, without comments."""

from __future__ import annotations

from sinks.store import Store

TABLES = {
    "dim_group": "group_id name community_type side primary_purpose secondary_purpose"
    " is_project_driven owner_staff_id created_ms dissolved_ms kpi_enabled",
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
}
KEYS = {
    "dim_member_role": "user_id, group_id, role, valid_from_ms",
    "dim_member_profile": "user_id, attribute",
    "dim_survey": "survey_id, question_id, option_id",
    "dim_reason": "kind, reason_code",
}
_TYPES = {
    "group_ids": "Array(String)",
    **dict.fromkeys(("budget", "price", "cost"), "Decimal(18, 2)"),
    **dict.fromkeys(("is_project_driven", "kpi_enabled", "is_brand", "is_core"), "UInt8"),
    "is_rewarded": "UInt8",
    **dict.fromkeys(("target", "term_days", "sla_seconds", "version", "forecast_deals"), "UInt32"),
    "forecast_progress": "Decimal(18, 6)",
}


def create_dimensions(store: Store) -> None:
    """Create every table and its view, where it is not there."""
    for table, names in TABLES.items():
        columns = ", ".join(
            f"{name} {_type(table, name)}" for name in [*names.split(), "loaded_ms"]
        )
        key = KEYS.get(table, names.split()[0])
        store.execute(
            f"CREATE TABLE IF NOT EXISTS {table} ({columns})"
            f" ENGINE = ReplacingMergeTree(loaded_ms) ORDER BY ({key})"
        )
        store.execute(f"CREATE VIEW IF NOT EXISTS v_{table} AS SELECT * FROM {table} FINAL")


def _type(table: str, name: str) -> str:
    if table == "dim_coupon" and name == "value":
        return "Decimal(18, 2)"
    return "Int64" if name.endswith("_ms") else _TYPES.get(name, "String")
