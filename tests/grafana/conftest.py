from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from unittest.mock import patch

import pytest

from grafana.library import BOARDS
from sinks import embedded


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Thousands of queries of few rows, each of which would first divide its work."""
    with patch.dict(embedded.SESSION_SETTINGS, max_threads=1):
        yield


@pytest.fixture
def overview() -> Mapping[str, Any]:
    """The board as Grafana reads it; a test may change its copy."""
    (board,) = (board for board in BOARDS if board.uid == "community-overview")
    found: Mapping[str, Any] = json.loads(board.text())
    return found
