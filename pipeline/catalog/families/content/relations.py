"""What content metrics are computed from: items published, and what people do with them."""

from __future__ import annotations

from pipeline.catalog.relation import Relation, before, within
from pipeline.catalog.relations import VISITOR, facts
from pipeline.catalog.vocabulary import Grain
from schemas.event_type import EventType

G, T, C, K = (Grain.GROUP, Grain.TYPE, Grain.CHANNEL, Grain.CAMPAIGN)
S, P, O = (Grain.STAFF, Grain.OBJECT, Grain.OVERALL)  # noqa: E741

IS_ITEM = "content_kind NOT IN ('reply', 'topic')"

ITEM = facts(EventType.PUBLISH, IS_ITEM, name="item published")

REACTION = facts(EventType.REACTION, scopes={P: "target_id"})

VIEW = facts(EventType.VIEW, scopes={P: "object_id"})

FORWARD = facts(EventType.REACTION, "action = 'forward'", name="forward", scopes={P: "target_id"})

READ = facts(EventType.VIEW, "action = 'read'", name="read", scopes={P: "object_id"})

TOUCHED = Relation(
    "item touched",
    f"""
SELECT group_id, content_id, 0 AS interaction
FROM ({ITEM.sql})
UNION ALL
SELECT group_id, target_id, 1
FROM v_reaction
WHERE {within()} AND target_kind = 'content' AND actor_role = 'member'
UNION ALL
SELECT group_id, parent_content_id, 1
FROM v_publish
WHERE {within()} AND content_kind = 'reply' AND parent_content_id != ''
    AND actor_role = 'member'""",
    (EventType.PUBLISH, EventType.REACTION),
    {P: "content_id"},
)
"""Items published in the window, and each interaction of a member with an item in it."""

PUBLISHED = f"""
    SELECT content_id,
        argMin(group_id, (event_ms, source_seq, event_id)) AS group_id,
        argMin(content_kind, (event_ms, source_seq, event_id)) AS kind,
        argMin(quality, (event_ms, source_seq, event_id)) = 'featured' AS featured,
        min(event_ms) >= %(start_ms)s AS is_new
    FROM v_publish
    WHERE {before()} AND {IS_ITEM}
    GROUP BY content_id"""
"""Every item ever published, as it was first."""

_PARTS = ("reads", "likes", "forwards", "favorites", "rating", "featured")
_SCORE = "\n        + ".join(
    f"%(content_weight_{part})s * (rank() OVER (PARTITION BY kind ORDER BY {part}) - 1)"
    for part in _PARTS
)

SCORED = f"""
SELECT content_id, group_id, readers, ranks / greatest(peers - 1, 1) AS score
FROM (
    SELECT *, count() OVER (PARTITION BY kind) AS peers,
        {_SCORE} AS ranks
    FROM ({PUBLISHED}
    ) AS p
    LEFT JOIN (
        SELECT content_id,
            countIf(what = 'read') AS reads,
            uniqExactIf(who, is_reader) AS readers,
            countIf(what = 'like') AS likes,
            countIf(what = 'forward') AS forwards,
            countIf(what = 'favorite') AS favorites,
            ifNotFinite(avgIf(stars, what = 'rating'), 0) AS rating,
            count() AS touches
        FROM (
            SELECT object_id AS content_id, {VISITOR} AS who, 'read' AS what, 0 AS stars,
                actor_role = 'member' AND who != '' AS is_reader
            FROM ({READ.sql})
            UNION ALL
            SELECT target_id, user_id, action, 0, 0
            FROM v_reaction
            WHERE {within()} AND target_kind = 'content'
            UNION ALL
            SELECT ref_id, user_id, 'rating', rating, 0
            FROM v_feedback
            WHERE {within()} AND ref_kind = 'content' AND rating > 0
        )
        GROUP BY content_id
    ) AS t USING (content_id)
    WHERE is_new OR touches > 0
)"""
"""Items published or touched in the window: their `score` among those of their kind, and their
readers."""
