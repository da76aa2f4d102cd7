"""What an operation is: a function of a context and plain arguments, with a plain result.

Arguments and results are JSON, as either may cross the control socket. An operation can be cut
off at any moment and begun anew: what it has done by then stays, and is not done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.clock import SharedClock
from pipeline.progress import Progress
from pipeline.settings import Settings
from sinks.store import Store


@dataclass(frozen=True)
class Context:
    """What an operation works with. The store has all its tables."""

    settings: Settings
    store: Store
    clock: SharedClock
    progress: Progress


Operation = Callable[[Context, Mapping[str, Any]], dict[str, Any]]
