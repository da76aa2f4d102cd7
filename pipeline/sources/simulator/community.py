"""The simulated community as one stream of events, of which any span can be made alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from pipeline.pseudonym import Pseudonyms
from pipeline.sources.simulator.caring import caring_of_hour
from pipeline.sources.simulator.chatting import chats_of_hour
from pipeline.sources.simulator.comings import comings_and_goings
from pipeline.sources.simulator.crowd import Crowd, gather
from pipeline.sources.simulator.groups import Plan
from pipeline.sources.simulator.inviting import inviting_of_hour
from pipeline.sources.simulator.learning import learning_of_hour
from pipeline.sources.simulator.membership import WEEK_MS
from pipeline.sources.simulator.publishing import publishing_of_hour
from pipeline.sources.simulator.pushing import pushing_of_hour
from pipeline.sources.simulator.reaching import reaching_of_hour
from pipeline.sources.simulator.rhythm import HOUR_MS
from pipeline.sources.simulator.scenario import CALM, Scenario
from pipeline.sources.simulator.scene import Scene
from pipeline.sources.simulator.serving import serving_of_hour
from pipeline.sources.simulator.shopping import shopping_of_hour
from pipeline.sources.simulator.stamp import Stamp
from pipeline.sources.simulator.tagging import tagging_of_hour
from pipeline.sources.simulator.taking_part import taking_part_of_hour
from schemas.event import Event

HORIZON_MS = 4 * WEEK_MS
"""Memberships are drawn this far ahead at a time; it changes nothing of them."""

_MAKERS: tuple[Callable[[Scene], Iterator[Event]], ...] = (
    publishing_of_hour,
    inviting_of_hour,
    pushing_of_hour,
    reaching_of_hour,
    serving_of_hour,
    caring_of_hour,
    taking_part_of_hour,
    learning_of_hour,
    tagging_of_hour,
)
"""What else goes on beside coming, going, talking and shopping."""


class Community:
    """A plan come alive.

    The same plan, key and scenario give the same events with the same ids, wherever a span is
    cut and however often it is made: history, live and a resume after a stop are one stream.
    """

    def __init__(self, plan: Plan, pseudonyms: Pseudonyms, scenario: Scenario = CALM) -> None:
        self.plan = plan
        self.scenario = scenario
        self._pseudonyms = pseudonyms
        self._stamps = [
            Stamp(plan, plan.group_id(group), pseudonyms.key_id) for group in range(plan.groups)
        ]
        self._crowds = lru_cache(maxsize=2)(self._gather_all)
        self._hour = lru_cache(maxsize=3)(self._make_hour)

    def events_between(self, start_ms: int, end_ms: int) -> Iterator[Event]:
        """All events with start <= event_time < end, in order of time and source_seq."""
        first = max(start_ms, self.plan.origin_ms) // HOUR_MS * HOUR_MS
        for hour_ms in range(first, end_ms, HOUR_MS):
            events = [
                event
                for begun_ms in (hour_ms - HOUR_MS, hour_ms)
                for event in self._hour(begun_ms)
                if max(start_ms, hour_ms) <= event.event_time < min(end_ms, hour_ms + HOUR_MS)
            ]
            yield from sorted(events, key=_order)

    def _make_hour(self, hour_ms: int) -> list[Event]:
        """Everything that begins in an hour; it is over before the end of the next one."""
        if hour_ms < self.plan.origin_ms:
            return []
        horizon_ms = self.plan.origin_ms + HORIZON_MS * (
            (hour_ms + HOUR_MS - self.plan.origin_ms) // HORIZON_MS + 1
        )
        events: list[Event] = []
        for crowd, stamp in zip(self._crowds(horizon_ms), self._stamps, strict=True):
            events += comings_and_goings(self.plan, crowd, hour_ms, stamp)
            events += chats_of_hour(self.plan, crowd, hour_ms, stamp, self.scenario.drops)
            events += shopping_of_hour(self.plan, crowd, hour_ms, stamp)
            scene = Scene(stamp, crowd, hour_ms)
            for make in _MAKERS:
                events += make(scene)
        return events

    def _gather_all(self, horizon_ms: int) -> list[Crowd]:
        return [
            gather(self.plan, group, horizon_ms, self._pseudonyms)
            for group in range(self.plan.groups)
        ]


def _order(event: Event) -> tuple[int, int, str]:
    return event.event_time, event.source_seq, event.event_id
