"""Every metric's SQL against its reference in plain Python, over the packaged real data.

The Slack workspace with all of its channels, and the first orders of the shop; what no real data
at hand has, such as pushes or courses, is held to the reference over communities by chance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.metric import Metric
from pipeline.core.calendar import Period, window_at
from pipeline.pseudonym import Pseudonyms
from pipeline.rollup.catalogue import CatalogueRollup
from pipeline.sources import orders
from pipeline.sources.importing import Found
from pipeline.sources.inputs import open_input
from pipeline.sources.slack import SlackImport, slack_items
from pipeline.sources.slack_export import open_export
from schemas.event import Event
from tests.reference.agreement import differences
from tests.reference.catalogue import REFERENCES
from tests.reference.community import Community, at, rollup_of, store_community
from tests.reference.stored import migrated_store
from tests.sinks.queries.stored import fact_rows

WORKSPACE = Path(orders.__file__).parent / "data" / "slack_houstondatavis.zip"
ZONE = "America/Chicago"
ORDERS = 300
HIDDEN = Pseudonyms(b"a key that only tests know")
METRICS = [metric for metric in CATALOGUE if metric.name in REFERENCES]

Real = tuple[CatalogueRollup, Community]


def slack() -> list[Event]:
    with open_export(WORKSPACE) as export:
        items = list(slack_items(SlackImport(export, HIDDEN), export.days))
    return [one.event for one in items if isinstance(one, Found)]


def sales() -> list[Event]:
    with open_input(orders.PACKAGED_SALES) as lines:
        ledger = orders.read_ledger(lines, orders.PACKAGED_SALES.name)
    items = orders.order_items(ledger, HIDDEN)
    return list(islice((one.event for one in items if isinstance(one, Found)), ORDERS))


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    events = [*slack(), *sales()]
    rows = [
        {**row, "event_type": str(kind)}
        for kind in sorted({event.event_type for event in events})
        for row in fact_rows(kind, [one for one in events if one.event_type is kind]).to_dicts()
    ]
    community = Community(rows, dims=defaultdict(list), zone=ZONE)
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        store_community(store, community)
        rollup = rollup_of(store, community, METRICS)
        rollup.stage.build()
        yield rollup, community


@pytest.mark.parametrize(
    ("period", "moment"),
    [
        (Period.DAY, "2016-01-15"),
        (Period.WEEK, "2016-06-13"),
        (Period.DAY, "2010-12-01"),
    ],
)
def test_the_sql_says_of_real_people_what_the_reference_says(
    real: Real, period: Period, moment: str
) -> None:
    rollup, community = real
    mine: list[Metric] = [metric for metric in METRICS if period in metric.periods]
    window = window_at(period, at(moment, ZONE), ZoneInfo(ZONE))
    wrong = list(differences(rollup, community, mine, window))
    assert not rollup.failed, rollup.failed
    assert not wrong, "\n".join(map(str, wrong[:5]))


def test_the_windows_have_what_is_compared(real: Real) -> None:
    """Else agreement would say little: messages, and many who left."""
    rollup, _ = real
    window = window_at(Period.DAY, at("2016-01-15", ZONE), ZoneInfo(ZONE))
    counts = [metric for metric in METRICS if metric.name in ("message_count", "leave_count")]
    found = rollup.values(window, counts, window.end_ms).filter(grain="O")
    told = dict(found.select("metric", "numerator").iter_rows())
    assert told["message_count"] > 0
    assert told["leave_count"] == 115
