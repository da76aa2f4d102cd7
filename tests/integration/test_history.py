"""Real histories, imported by `pulse import`, give their published numbers in the store."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.integration.conftest import ROOT, Pipeline

pytestmark = pytest.mark.server

PER_DAY = """
SELECT toString(toDate(event_time, 'Europe/London')) AS day, toInt64(count()) AS n
FROM {view} WHERE source = 'irc' GROUP BY day
"""


def test_irc_replayed_without_shift_has_the_datas_daily_counts(
    make_pipeline: Callable[[], Pipeline],
) -> None:
    pipeline = make_pipeline()
    first = json.loads(pipeline.pulse("import", "irc", "--json", errors=False))
    again = json.loads(pipeline.pulse("import", "irc", "--json", errors=False))
    assert again == first
    sent = sum(first["sent"].values())
    pipeline.start()
    pipeline.wait_records(2 * (sent + sum(first["rejected"].values())))
    name = "community_pipeline_records_total"
    assert pipeline.total(name, outcome="duplicate") == sent
    pipeline.stop()

    (path,) = (ROOT / "pipeline/sources/data").glob("*.daily_counts.csv")
    wanted: dict[str, dict[str, int]] = {"v_chat": {}, "v_join": {}, "v_leave": {}}
    with path.open() as rows:
        for row in csv.DictReader(rows):
            wanted["v_chat"][row["date"]] = int(row["messages"]) + int(row["actions"])
            wanted["v_join"][row["date"]] = int(row["joins"])
            wanted["v_leave"][row["date"]] = int(row["parts"]) + int(row["quits"])
    store = pipeline.open_store()
    for view, by_day in wanted.items():
        found = dict(store.query(PER_DAY.format(view=view)).iter_rows())
        assert found == {day: n for day, n in by_day.items() if n}, view
    letters = store.query("SELECT toInt64(count()) AS n FROM v_dead_letter")["n"][0]
    assert letters == sum(first["rejected"].values()) > 100
    store.close()


def test_online_retail_has_its_reference_numbers(make_pipeline: Callable[[], Pipeline]) -> None:
    pipeline = make_pipeline()
    told = json.loads(pipeline.pulse("import", "orders", "--no-mapping", "--json", errors=False))
    sent = sum(told["sent"].values())
    pipeline.start()
    pipeline.wait_records(sent)
    pipeline.stop()
    store = pipeline.open_store()
    row = store.query(
        "SELECT toInt64(uniqExact(order_id)) AS orders, toInt64(uniqExact(user_id)) AS buyers,"
        " sum(amount_paid) AS revenue FROM v_order WHERE status = 'paid'"
    ).row(0)
    assert (row[0], row[1], Decimal(row[2])) == (18_532, 4_338, Decimal("8911407.90"))
    again = store.query(
        "SELECT toInt64(countIf(n >= 2)) AS repeat FROM (SELECT user_id, uniqExact(order_id) AS n"
        " FROM v_order WHERE status = 'paid' GROUP BY user_id)"
    )
    assert again["repeat"][0] == 2_845
    windows = store.query("SELECT sum(gmv) AS gmv FROM v_group_minute")["gmv"][0]
    assert windows == Decimal("8911407.90")
    store.close()
