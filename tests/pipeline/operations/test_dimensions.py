"""Loading into either store: what differs is written, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipeline.catalog.dimensions import DIMENSIONS, TABLES
from pipeline.clock import SharedClock
from pipeline.errors import ForeignKey, UsageError
from pipeline.operations import dimensions
from pipeline.operations.dimensions import Change, changes, counts, requests, stored_rows, write
from pipeline.operations.operation import Context
from pipeline.progress import unwatched
from pipeline.pseudonym import Pseudonyms
from pipeline.settings import Settings
from pipeline.sources.dimensions.files import files_of, read_all
from pipeline.sources.dimensions.persons import Persons
from pipeline.sources.dimensions.rows import Row, rows_of
from pipeline.sources.dimensions.template import yaml_files
from pipeline.sources.dimensions.whole import state_after
from pipeline.sources.dimensions.yaml_file import read_yaml
from sinks.store import Store

KEY = Pseudonyms(b"a-key-of-the-tests")


@pytest.fixture
def context(migrated: Store) -> Context:
    return Context(Settings(), migrated, SharedClock(None), unwatched)


def rows(yaml: str) -> list[Row]:
    persons = Persons(lambda: KEY, "community")
    found, faults = rows_of(read_yaml(yaml.encode(), "x.yaml", "x"), ZoneInfo("UTC"), persons)
    assert faults == []
    return found


def load(context: Context, wanted: list[Row], *, prune: bool = False) -> dict[str, Change]:
    names = list(dict.fromkeys(row.table.name for row in wanted))
    stored = stored_rows(context.store, names)
    made = list(
        changes(state_after(wanted, stored, names, prune=prune), stored, names, prune=prune)
    )
    for request in requests(made, KEY.key_id):
        write(context, json.loads(json.dumps(request)))  # as it crosses the control socket
    return {change.table.name: change for change in made}


def counted(change: Change) -> tuple[int, int, int, int]:
    return change.added, change.changed, change.removed, change.unchanged


def test_every_table_takes_its_template_and_gives_it_back(context: Context, tmp_path: Path) -> None:
    for name, content in yaml_files(TABLES).items():
        (tmp_path / name).write_bytes(content)
    persons = Persons(lambda: KEY, "community")
    wanted, faults = rows_of(read_all(files_of([tmp_path])[0]), ZoneInfo("UTC"), persons)
    assert faults == []
    load(context, wanted)
    found = stored_rows(context.store, DIMENSIONS)
    for row in wanted:
        assert found[row.table.name][row.key or ()].values == row.values, row.table.name
    again = load(context, wanted)
    assert {counted(change) for change in again.values()} == {(0, 0, 0, 1)}
    assert {n for n, _ in counts(context.store).values()} == {1}
    assert all(last for _, last in counts(context.store).values())


def test_only_what_differs_is_written(context: Context) -> None:
    load(context, rows("dim_tag: [{tag_id: a}, {tag_id: b}, {tag_id: c}]"))
    change = load(context, rows("dim_tag: [{tag_id: a}, {tag_id: b, name: B}, {tag_id: d}]"))
    assert counted(change["dim_tag"]) == (1, 1, 0, 1)
    written = context.store.query("SELECT tag_id FROM dim_tag ORDER BY tag_id")
    assert list(written["tag_id"]) == ["a", "b", "b", "c", "d"]
    held = context.store.query("SELECT tag_id, name FROM v_dim_tag ORDER BY tag_id").rows()
    assert held == [("a", ""), ("b", "B"), ("c", ""), ("d", "")]


def test_prune_removes_what_the_files_lack_of_their_tables(context: Context) -> None:
    load(context, rows("dim_tag: [{tag_id: a}, {tag_id: b}]\ndim_partner: [{partner_id: p}]"))
    change = load(context, rows("dim_tag: [{tag_id: b}]"), prune=True)
    assert counted(change["dim_tag"]) == (0, 0, 1, 1)
    assert list(context.store.query("SELECT tag_id FROM v_dim_tag")["tag_id"]) == ["b"]
    assert counts(context.store)["dim_partner"][0] == 1
    back = load(context, rows("dim_tag: [{tag_id: a}]"))
    assert counted(back["dim_tag"]) == (1, 0, 0, 0)
    assert counts(context.store)["dim_tag"][0] == 2


def test_a_clock_that_went_back_does_not_keep_the_old_row(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hour, name in enumerate(("first", "second")):
        monkeypatch.setattr(dimensions, "wall_ms", lambda hour=hour: 10_000_000 - hour * 3_600_000)
        load(context, rows(f"dim_tag: [{{tag_id: a, name: {name}}}]"))
    assert context.store.query("SELECT name FROM v_dim_tag").item() == "second"


def test_persons_of_another_key_are_refused_and_nothing_is_written(context: Context) -> None:
    load(context, rows("dim_team: [{team_id: t, group_id: g, leader_user_id: carol}]"))
    (request,) = requests(changes_of("dim_team: [{team_id: u, group_id: g}]"), "another")
    with pytest.raises(ForeignKey):
        write(context, request)
    assert counts(context.store)["dim_team"][0] == 1


def changes_of(yaml: str) -> list[Change]:
    wanted = rows(yaml)
    names = list(dict.fromkeys(row.table.name for row in wanted))
    return list(changes(state_after(wanted, {}, names, prune=False), {}, names, prune=False))


def test_a_large_load_is_handed_over_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dimensions, "REQUEST_BYTES", 200)
    made = changes_of("dim_tag: [{tag_id: a}, {tag_id: b}, {tag_id: c}, {tag_id: d}, {tag_id: e}]")
    parts = [request["tables"]["dim_tag"] for request in requests(made, "")]
    assert len(parts) > 1
    assert [row["tag_id"] for part in parts for row in part] == list("abcde")


def test_a_table_that_the_owner_does_not_know(context: Context) -> None:
    with pytest.raises(UsageError, match="dim_moon"):
        write(context, {"tables": {"dim_moon": []}, "key_id": ""})
