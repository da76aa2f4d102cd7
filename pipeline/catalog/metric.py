"""What a metric is: its meaning, how it is computed, and when its drop is an alert.

Ids are the catalogue's own (A11, C06, F11); formulas are text for people, the numbers come from
`value` and from the code that `outlets` points at. Every entry checks itself when it is made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pipeline.catalog.drop import Drop
from pipeline.catalog.value import Value
from pipeline.catalog.vocabulary import Direction, Grain, Kind, Mode, Signal, Turn, Window, Zero
from pipeline.core.calendar import Period
from pipeline.core.signals import DAY_MS
from pipeline.errors import CatalogError
from schemas.event_type import EventType


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One number of a row of the catalogue; a row (`id`) may have several, each with its name.

    `value` says how the rollup computes it, for the scopes of each of `grains` in each of
    `periods`, into `metric_value`. `variants` are grains at which it is computed otherwise.
    A value is final `matures_days` after its window's end; before that it is marked immature,
    and left out (no value) unless `early`. `events` must flow, or there is no value ("no
    source"); `optional` ones refine it. `dims` are the dimension tables it needs.

    Live values: `windows` are the trailing spans, `outlets` the places where they are read:
    Prometheus series, group_minute.column of the store, or signals.column of the query in
    `sql_signals`. A milestone has `drops`, and `base`: in words what it is a share of. The worker
    reads those with a `stem`, which names their gauges (community_<stem>_ratio); the rollup all
    others. One that is not `recommended` weighs nothing in any score.
    """

    id: str
    name: str
    zh: str
    formula: str
    unit: str
    kind: Kind
    direction: Direction
    zero: Zero
    events: tuple[EventType, ...]
    optional: tuple[EventType, ...] = ()
    dims: tuple[str, ...] = ()
    grains: tuple[Grain, ...] = (Grain.GROUP,)
    periods: tuple[Period, ...] = ()
    value: Value | None = None
    variants: Mapping[Grain, Value] = field(default_factory=dict, hash=False)
    matures_days: int = 0
    early: bool = False
    windows: tuple[Window, ...] = ()
    mode: Mode = Mode.SQL
    outlets: tuple[str, ...] = ()
    stem: str = ""
    base: str = ""
    drops: tuple[Drop, ...] = ()
    recommended: bool = True
    note: str = ""

    def __post_init__(self) -> None:
        keys = [drop.key for drop in self.drops]
        turns = {drop.turn for drop in self.drops}
        faults = [
            fault
            for wrong, fault in (
                (not re.fullmatch(r"[A-J]\d\d", self.id), "an id is a letter and two digits"),
                (not re.fullmatch(r"[a-z][a-z0-9_]*", self.name), f"name {self.name!r}"),
                (
                    bool(self.drops) != bool(self.base),
                    "a milestone has drops, and a base",
                ),
                (bool(self.stem) and not self.drops, "gauges are of a milestone"),
                (len(turns) > 1, "it both drops and rises"),
                (
                    Turn.DROP in turns and self.zero is not Zero.RATIO,
                    "only a ratio can drop",
                ),
                (len(keys) != len(set(keys)), f"a drop is declared twice among {keys}"),
                (not (self.events or self.dims), "computed from no event type"),
                (not (self.outlets or self.stem or self.value), "its values are read nowhere"),
                (bool(self.value) != bool(self.periods), "a value belongs to periods"),
                (
                    self.value is not None and self.value.zero is not self.zero,
                    "its zero rule is not that of its value",
                ),
            )
            if wrong
        ]
        if faults:
            raise CatalogError(f"The metric contradicts itself: {'; '.join(faults)}", where=self.id)

    @property
    def milestone(self) -> bool:
        """Whether a drop of it is an alert."""
        return bool(self.drops)

    def final_ms(self, end_ms: int) -> int:
        """When the value of a window that ends then is final, in epoch milliseconds."""
        return end_ms + self.matures_days * DAY_MS

    def at(self, *grains: Grain) -> Metric:
        """The same metric, computed at these of its grains alone."""
        return replace(
            self,
            grains=tuple(grain for grain in self.grains if grain in grains),
            variants={grain: one for grain, one in self.variants.items() if grain in grains},
        )

    @property
    def of_campaigns(self) -> bool:
        """Whether it is a number of campaigns alone, whatever their groups."""
        return self.grains == (Grain.CAMPAIGN,)

    @property
    def stock(self) -> bool:
        """Whether it is the state of one moment rather than of a span."""
        return self.windows == (Window.NOW,)

    @property
    def words(self) -> str:
        """Its name in prose."""
        return self.name.replace("_", " ")

    @property
    def alert(self) -> str:
        """Name of the alert of its drop or rise, and of its section in the runbook."""
        turn = self.drops[0].turn if self.drops else Turn.DROP
        words = (*self.name.split("_"), turn)
        return f"Community{''.join(word.capitalize() for word in words)}"

    @property
    def signals(self) -> tuple[Signal, ...]:
        """The signals it is watched by, each once."""
        return tuple(dict.fromkeys(drop.signal for drop in self.drops))
