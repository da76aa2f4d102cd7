-- The minute windows of the event types of 008, and how everybody reads all of it. An older engine
-- takes a comment only by itself.

ALTER TABLE group_minute
    ADD COLUMN `page_views` UInt64 AFTER `refund_amount`,
    ADD COLUMN `clicks` UInt64 AFTER `page_views`,
    ADD COLUMN `likes` UInt64 AFTER `clicks`,
    ADD COLUMN `forwards` UInt64 AFTER `likes`,
    ADD COLUMN `content_published` UInt64 AFTER `forwards`,
    ADD COLUMN `posts` UInt64 AFTER `content_published`,
    ADD COLUMN `replies` UInt64 AFTER `posts`,
    ADD COLUMN `topics_started` UInt64 AFTER `replies`,
    ADD COLUMN `invites_sent` UInt64 AFTER `topics_started`,
    ADD COLUMN `pushes_sent` UInt64 AFTER `invites_sent`,
    ADD COLUMN `pushes_delivered` UInt64 AFTER `pushes_sent`,
    ADD COLUMN `contacts_added` UInt64 AFTER `pushes_delivered`,
    ADD COLUMN `contacts_removed` UInt64 AFTER `contacts_added`,
    ADD COLUMN `spend_amount` Decimal(18, 2) AFTER `contacts_removed`,
    ADD COLUMN `signups` UInt64 AFTER `spend_amount`,
    ADD COLUMN `attendances` UInt64 AFTER `signups`,
    ADD COLUMN `checkins` UInt64 AFTER `attendances`,
    ADD COLUMN `sessions_opened` UInt64 AFTER `checkins`,
    ADD COLUMN `session_replies` UInt64 AFTER `sessions_opened`,
    ADD COLUMN `reviews` UInt64 AFTER `session_replies`,
    ADD COLUMN `complaints` UInt64 AFTER `reviews`,
    ADD COLUMN `staff_actions` UInt64 AFTER `complaints`,
    ADD COLUMN `tag_changes` UInt64 AFTER `staff_actions`,
    COMMENT COLUMN `page_views` 'F01 pv: views with action = page_view (topic community.view)',
    COMMENT COLUMN `clicks` 'D06 link_click_count: views with action = click',
    COMMENT COLUMN `likes` 'D07 like_count: reactions with action = like (topic community.reaction)',
    COMMENT COLUMN `forwards` 'D08 forward_count: reactions with action = forward',
    COMMENT COLUMN `content_published` 'D01 content_published_count: all but replies and topics (topic community.publish)',
    COMMENT COLUMN `posts` 'D02 post_count: content_kind = post',
    COMMENT COLUMN `replies` 'D03 reply_count: content_kind = reply',
    COMMENT COLUMN `topics_started` 'C12 topic_count: content_kind = topic',
    COMMENT COLUMN `invites_sent` 'Invitations with action = sent (topic community.invite)',
    COMMENT COLUMN `pushes_sent` 'Pushes to a person, action = sent (topic community.delivery)',
    COMMENT COLUMN `pushes_delivered` 'Pushes to a person, action = delivered',
    COMMENT COLUMN `contacts_added` 'Ties made, action = add (topic community.contact)',
    COMMENT COLUMN `contacts_removed` 'Ties cut, action = remove',
    COMMENT COLUMN `spend_amount` 'Money spent, dated by its event, reporting currency (topic community.spend)',
    COMMENT COLUMN `signups` 'Activities, action = signup (topic community.activity)',
    COMMENT COLUMN `attendances` 'Activities, action = attend',
    COMMENT COLUMN `checkins` 'E01 checkin_count: tasks reported as done (topic community.checkin)',
    COMMENT COLUMN `sessions_opened` 'Service conversations opened (topic community.session)',
    COMMENT COLUMN `session_replies` 'Replies of staff in service conversations',
    COMMENT COLUMN `reviews` 'Feedback with feedback_kind = review (topic community.feedback)',
    COMMENT COLUMN `complaints` 'Feedback with feedback_kind = complaint',
    COMMENT COLUMN `staff_actions` 'What staff did (topic community.staff_action)',
    COMMENT COLUMN `tag_changes` 'Tags put on or taken off (topic community.tag)';

CREATE VIEW IF NOT EXISTS v_view AS SELECT * FROM fact_view FINAL;

CREATE VIEW IF NOT EXISTS v_reaction AS SELECT * FROM fact_reaction FINAL;

CREATE VIEW IF NOT EXISTS v_publish AS SELECT * FROM fact_publish FINAL;

CREATE VIEW IF NOT EXISTS v_invite AS SELECT * FROM fact_invite FINAL;

CREATE VIEW IF NOT EXISTS v_delivery AS SELECT * FROM fact_delivery FINAL;

CREATE VIEW IF NOT EXISTS v_contact AS SELECT * FROM fact_contact FINAL;

CREATE VIEW IF NOT EXISTS v_spend AS SELECT * FROM fact_spend FINAL;

CREATE VIEW IF NOT EXISTS v_activity AS SELECT * FROM fact_activity FINAL;

CREATE VIEW IF NOT EXISTS v_checkin AS SELECT * FROM fact_checkin FINAL;

CREATE VIEW IF NOT EXISTS v_session AS SELECT * FROM fact_session FINAL;

CREATE VIEW IF NOT EXISTS v_feedback AS SELECT * FROM fact_feedback FINAL;

CREATE VIEW IF NOT EXISTS v_staff_action AS SELECT * FROM fact_staff_action FINAL;

CREATE VIEW IF NOT EXISTS v_tag AS SELECT * FROM fact_tag FINAL;

DROP TABLE IF EXISTS v_group_minute;

-- Distinct counts may be added: a group has one partition, and an epoch counts only persons that
-- the epochs before it lack.
CREATE VIEW IF NOT EXISTS v_group_minute AS
SELECT
    event_date,
    group_id,
    minute,
    sum(join_events) AS join_events,
    sum(leave_events) AS leave_events,
    sum(messages) AS messages,
    sum(member_messages) AS member_messages,
    sum(chatters) AS chatters,
    sum(orders_created) AS orders_created,
    sum(paid_orders) AS paid_orders,
    sum(payers) AS payers,
    sum(gmv) AS gmv,
    sum(refunds) AS refunds,
    sum(refund_amount) AS refund_amount,
    sum(page_views) AS page_views,
    sum(clicks) AS clicks,
    sum(likes) AS likes,
    sum(forwards) AS forwards,
    sum(content_published) AS content_published,
    sum(posts) AS posts,
    sum(replies) AS replies,
    sum(topics_started) AS topics_started,
    sum(invites_sent) AS invites_sent,
    sum(pushes_sent) AS pushes_sent,
    sum(pushes_delivered) AS pushes_delivered,
    sum(contacts_added) AS contacts_added,
    sum(contacts_removed) AS contacts_removed,
    sum(spend_amount) AS spend_amount,
    sum(signups) AS signups,
    sum(attendances) AS attendances,
    sum(checkins) AS checkins,
    sum(sessions_opened) AS sessions_opened,
    sum(session_replies) AS session_replies,
    sum(reviews) AS reviews,
    sum(complaints) AS complaints,
    sum(staff_actions) AS staff_actions,
    sum(tag_changes) AS tag_changes
FROM group_minute FINAL
GROUP BY event_date, group_id, minute;
