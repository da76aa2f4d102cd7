from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.pipeline.bridge.places import Place, open_place


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with open_place() as one:
        yield one


@pytest.fixture
async def other_place() -> AsyncIterator[Place]:
    async with open_place() as one:
        yield one
