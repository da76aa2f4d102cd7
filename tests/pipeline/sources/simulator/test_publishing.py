"""What is seen, answered or reacted to was published before."""

from schemas.content import ContentKind, ObjectKind, Publish, Reaction, ReactionAction, View
from schemas.envelope import ActorRole
from schemas.event import Event


def published(history: list[Event]) -> dict[str, Publish]:
    return {event.content_id: event for event in history if isinstance(event, Publish)}


def test_each_piece_is_published_once(history: list[Event]) -> None:
    assert len(published(history)) == sum(isinstance(event, Publish) for event in history)


def test_a_reply_is_to_an_earlier_piece_of_its_group_and_topic(history: list[Event]) -> None:
    pieces = published(history)
    replies = [piece for piece in pieces.values() if piece.content_kind is ContentKind.REPLY]
    assert replies
    for reply in replies:
        parent = pieces[reply.parent_content_id or ""]
        assert parent.event_time < reply.event_time
        assert (parent.group_id, parent.topic_id) == (reply.group_id, reply.topic_id)


def test_views_and_reactions_are_of_what_was_there(history: list[Event]) -> None:
    pieces = published(history)
    seen = [
        (event, event.object_id)
        for event in history
        if isinstance(event, View) and event.object_kind is ObjectKind.CONTENT
    ]
    reacted = [(event, event.target_id) for event in history if isinstance(event, Reaction)]
    assert seen
    assert reacted
    for event, content_id in [*seen, *reacted]:
        assert pieces[content_id].event_time < event.event_time
        assert pieces[content_id].group_id == event.group_id


def test_a_view_is_by_a_person_or_by_a_visitor(history: list[Event]) -> None:
    views = [event for event in history if isinstance(event, View)]
    assert all((view.user_id is None) != (view.visitor_id is None) for view in views)
    assert 0 < sum(view.user_id is None for view in views) < len(views) / 2


def test_only_what_is_forwarded_goes_somewhere(history: list[Event]) -> None:
    for event in history:
        if isinstance(event, Reaction):
            assert (event.dest is not None) is (event.action is ReactionAction.FORWARD)


def test_staff_open_topics_and_members_post(history: list[Event]) -> None:
    for piece in published(history).values():
        by_staff = piece.actor_role is ActorRole.STAFF
        of_members = {ContentKind.POST, ContentKind.REPLY, ContentKind.LEARNER_OUTPUT}
        assert by_staff is (piece.content_kind not in of_members)
        assert piece.staff_id == (piece.user_id if by_staff else None)
