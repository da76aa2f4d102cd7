"""A small community, and three weeks of it."""

from __future__ import annotations

import pytest

from pipeline.pseudonym import Pseudonyms
from pipeline.sources.simulator.community import Community
from pipeline.sources.simulator.groups import Plan
from pipeline.sources.simulator.membership import WEEK_MS
from schemas.event import Event

ORIGIN_MS = 1_759_708_800_000  # 2025-10-06, a Monday, 00:00 UTC


@pytest.fixture(scope="session")
def plan() -> Plan:
    return Plan(seed=1, origin_ms=ORIGIN_MS, groups=5, smallest=20, largest=200, opening_weeks=1)


@pytest.fixture(scope="session")
def community(plan: Plan, pseudonyms: Pseudonyms) -> Community:
    return Community(plan, pseudonyms)


@pytest.fixture(scope="session")
def history(community: Community) -> list[Event]:
    return list(community.events_between(ORIGIN_MS, ORIGIN_MS + 3 * WEEK_MS))
