"""Dimension tables that have no migration yet, as far as the metrics of members need them."""

from __future__ import annotations

from sinks.store import Store

_TABLES = {
    "dim_group": (
        "group_id",
        "group_id String, community_type String, created_ms Int64, dissolved_ms Int64",
    ),
    "dim_course": ("course_id", "course_id String, opening_ms Int64, campaign_id String"),
    "dim_task": (
        "task_id",
        "task_id String, course_id String, release_ms Int64, due_ms Int64",
    ),
}


def make_dimensions(store: Store) -> None:
    """Make those tables and their views."""
    for name, (key, columns) in _TABLES.items():
        store.execute(f"DROP VIEW IF EXISTS v_{name}")
        store.execute(f"DROP TABLE IF EXISTS {name}")
        store.execute(
            f"CREATE TABLE {name} ({columns}, loaded_ms Int64)"
            f" ENGINE = ReplacingMergeTree(loaded_ms) ORDER BY {key}"
        )
        store.execute(f"CREATE VIEW v_{name} AS SELECT * FROM {name} FINAL")
