"""Every board there is, and the JSON files rendered from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grafana.activity import ACTIVITY
from grafana.boards import Board, checked
from grafana.channels import ACQUISITION
from grafana.funnel import FUNNEL_BOARD
from grafana.group import GROUP
from grafana.overview import OVERVIEW

BOARDS: Sequence[Board] = checked((OVERVIEW, GROUP, FUNNEL_BOARD, ACQUISITION, ACTIVITY))

FOLDER = "grafana/boards"


def render() -> Mapping[str, str]:
    """The generated files: path from the project's root -> text."""
    return {f"{FOLDER}/{board.file}": board.text() for board in BOARDS}
