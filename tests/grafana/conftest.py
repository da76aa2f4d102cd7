from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from grafana.library import BOARDS


@pytest.fixture
def overview() -> Mapping[str, Any]:
    """The board as Grafana reads it; a test may change its copy."""
    (board,) = (board for board in BOARDS if board.uid == "community-overview")
    found: Mapping[str, Any] = json.loads(board.text())
    return found
