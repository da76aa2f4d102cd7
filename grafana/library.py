"""Every board there is, and the JSON files rendered from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grafana.activity import ACTIVITY
from grafana.alerts_board import ALERTS
from grafana.boards import Board, checked
from grafana.channels import ACQUISITION
from grafana.funnel import FUNNEL_BOARD
from grafana.group import GROUP
from grafana.health_board import HEALTH
from grafana.members_board import MEMBERS
from grafana.overview import OVERVIEW
from grafana.service_board import SERVICE
from grafana.type_boards import TYPE_BOARDS

BOARDS: Sequence[Board] = checked(
    (
        *(OVERVIEW, GROUP, FUNNEL_BOARD, ACQUISITION, ACTIVITY, MEMBERS, SERVICE),
        *TYPE_BOARDS,
        *(ALERTS, HEALTH),
    )
)

FOLDER = "grafana/boards"


def render() -> Mapping[str, str]:
    """The generated files: path from the project's root -> text."""
    return {f"{FOLDER}/{board.file}": board.text() for board in BOARDS}
