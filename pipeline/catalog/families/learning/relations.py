"""What the metrics of learning are computed from: check-ins, learners and their tasks.

A group learns a course when one of its tasks was ever checked in there; the members of the group
are its learners.
"""

from __future__ import annotations

from pipeline.catalog.relation import Relation, before, local_hour, within
from pipeline.catalog.relations import MEMBERSHIP_EVENTS
from pipeline.catalog.vocabulary import Grain
from schemas.event_type import EventType

CHECKIN = Relation(
    "check-in",
    f"""
SELECT *, {local_hour()} AS hour
FROM (
    SELECT *
    FROM v_checkin
    WHERE {before()} AND actor_role = 'member'
    ORDER BY event_ms, source_seq, event_id
    LIMIT 1 BY user_id, task_id
)
WHERE event_ms >= %(start_ms)s""",
    (EventType.CHECKIN,),
)
"""Tasks reported as done in the window: of each user and task the first report."""

LEARNER = Relation(
    "learner",
    f"""
WITH reports AS (
    SELECT group_id, user_id, event_ms, c.task_id AS task_id, t.course_id AS course_id
    FROM v_checkin AS c
    INNER JOIN v_dim_task AS t ON t.task_id = c.task_id
    WHERE {before()} AND actor_role = 'member'
)
SELECT group_id, user_id, campaign_id, due,
    length(of_group) AS tasks,
    length(released_tasks) AS released,
    length(arrayIntersect(of_group, reported)) AS done,
    length(arrayIntersect(released_tasks, reported)) AS done_of_released,
    hasAny(of_group, reported_now) AS has_checked_in
FROM (
    SELECT group_id, user_id, argMax(campaign_id, opened_ms) AS campaign_id
    FROM v_membership
    WHERE opened_ms < %(end_ms)s AND closed_ms >= %(start_ms)s
    GROUP BY group_id, user_id
) AS m
INNER JOIN (
    SELECT group_id,
        groupUniqArray(task_id) AS of_group,
        groupUniqArrayIf(task_id, release_ms < %(end_ms)s) AS released_tasks,
        countIf(release_ms < %(end_ms)s AND (due_ms = 0 OR due_ms > %(start_ms)s)) AS due
    FROM (SELECT DISTINCT group_id, course_id FROM reports) AS c
    INNER JOIN v_dim_task AS t USING (course_id)
    GROUP BY group_id
) AS g USING (group_id)
LEFT JOIN (
    SELECT user_id,
        groupUniqArray(task_id) AS reported,
        groupUniqArrayIf(task_id, event_ms >= %(start_ms)s) AS reported_now
    FROM reports
    GROUP BY user_id
) AS d USING (user_id)""",
    (*MEMBERSHIP_EVENTS, EventType.CHECKIN),
)
"""Members at any moment of the window of groups that learn: tasks (of the group's courses),
released and due of them (due: released and not yet overdue in the window), done and
done_of_released (wherever they were reported), has_checked_in (in the window)."""

OUTPUT = Relation(
    "learner's work",
    f"""
SELECT group_id, user_id, campaign_id
FROM v_publish
WHERE {within()} AND actor_role = 'member' AND content_kind = 'learner_output'
UNION ALL
SELECT group_id, user_id, campaign_id FROM ({CHECKIN.sql}) WHERE text_len > 0""",
    (EventType.PUBLISH, EventType.CHECKIN),
)

COURSE_FEEDBACK = Relation(
    "course feedback",
    f"""
SELECT *
FROM v_feedback
WHERE {within()} AND actor_role = 'member' AND feedback_kind = 'course'""",
    (EventType.FEEDBACK,),
    {Grain.OBJECT: "ref_id"},
)
