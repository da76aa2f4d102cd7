"""What must hold between rows: of the files alone, and with what the store will then hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import cast

from pipeline.catalog.dimension import GRAIN, VALID_FROM, VALID_TO, Kind, Table
from pipeline.catalog.dimension_columns import SCOPES
from pipeline.catalog.dimensions import DIMENSIONS
from pipeline.sources.dimensions.rows import Row
from pipeline.sources.dimensions.sheet import Fault

Key = tuple[object, ...]
State = Mapping[str, Mapping[Key, Row]]
"""Every row of a table by its key."""

FOREVER_MS = 2**62


def needed(loaded: Sequence[str], *, prune: bool) -> list[str]:
    """The tables whose stored rows the checks of some loaded tables ask for."""
    wanted = dict.fromkeys(loaded)
    for name in loaded:
        wanted |= dict.fromkeys(_referred_to(DIMENSIONS[name]))
    if prune:  # a row that is removed may be referred to
        referring = (it.name for it in DIMENSIONS.values() if set(_referred_to(it)) & set(loaded))
        wanted |= dict.fromkeys(referring)
    return list(wanted)


def state_after(
    rows: Sequence[Row], stored: State, loaded: Collection[str], *, prune: bool
) -> State:
    """What the store holds once `rows` are loaded; with `prune`, of the loaded tables only them."""
    state = {
        name: {} if prune and name in loaded else dict(of_table)
        for name, of_table in stored.items()
    }
    for row in rows:
        if row.key is not None:
            state.setdefault(row.table.name, {})[row.key] = row
    return state


def faults_between(rows: Sequence[Row], state: State, stored: State) -> list[Fault]:
    """Everything that is wrong between rows, the loaded ones and those that stay."""
    faults = list(_doubled(rows))
    changed = {row.table.name for row in rows} | {
        name for name in stored if state.get(name, {}).keys() != stored[name].keys()
    }
    for name, by_key in state.items():
        table, held = DIMENSIONS[name], list(by_key.values())
        if name in changed:
            faults += _not_unique(table, held)
            faults += _overlaps(table, held)
            faults += _cards(table, held)
        faults += _dangling(table, held, state, set(state) if name in changed else changed)
    return faults


def _doubled(rows: Iterable[Row]) -> Iterator[Fault]:
    """Rows of the files that have one key."""
    first: dict[tuple[str, Key], Row] = {}
    for row in rows:
        if row.key is not None:
            other = first.setdefault((row.table.name, row.key), row)
            if other is not row:
                yield row.fault(row.table.key[0], f"has the key of {other.place}", "Drop one.")


def _not_unique(table: Table, rows: Iterable[Row]) -> Iterator[Fault]:
    if not table.unique:
        return
    first: dict[Key, Row] = {}
    for row in _stored_first(rows):
        told = row.of(table.unique)
        if told is not None and (other := first.setdefault(told, row)) is not row:
            columns = ", ".join(table.unique)
            wrong = f"agrees in {columns} with {_name(other)}"
            yield row.fault(table.key[0], wrong, "Drop one of the two, or mend it.")


def _overlaps(table: Table, rows: Iterable[Row]) -> Iterator[Fault]:
    """Rows of one history that hold at the same time."""
    if not table.valid:
        return
    histories: dict[Key, list[tuple[int, int, Row]]] = defaultdict(list)
    for row in rows:
        of, ends = row.of(table.key[:-1]), row.of((VALID_FROM, VALID_TO))
        if of is not None and ends is not None:
            begins, ended = cast("tuple[int, int]", ends)
            histories[of].append((begins, ended or FOREVER_MS, row))
    for history in histories.values():
        history.sort(key=lambda span: span[:2])
        last = history[0]
        for span in history[1:]:
            if span[0] < last[1]:
                blamed, other = (span[2], last[2]) if span[2].place else (last[2], span[2])
                remedy = f"Let {VALID_TO} of the earlier be {VALID_FROM} of the later."
                yield blamed.fault(VALID_FROM, f"overlaps with {_name(other)}", remedy)
            last = max(last, span, key=lambda it: it[1])


def _cards(table: Table, rows: Iterable[Row]) -> Iterator[Fault]:
    """Cards whose weights are not 1 together."""
    if not table.cards:
        return
    cards: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        told = row.of((*table.cards, "weight"))
        if told is not None:
            cards[told[:-1]].append(row)
    for card in cards.values():
        total = sum((cast("Decimal", row.values["weight"]) for row in card), Decimal())
        if total not in (0, 1):
            wrong = f"makes the weights of its card {total.normalize():f}, not 1"
            yield _stored_first(card)[-1].fault("weight", wrong, "Let them sum to 1, or be 0.")


def _dangling(
    table: Table, rows: Iterable[Row], state: State, targets: Collection[str]
) -> Iterator[Fault]:
    """Ids that refer to one of `targets`, which does not hold them."""
    if not set(_referred_to(table)) & set(targets):
        return
    columns = [it for it in table.columns if it.refers or it.kind is Kind.SCOPE]
    for row in rows:
        for column in columns:
            target = column.refers or SCOPES.get(str(row.values.get(GRAIN)), "")
            for each in _ids(row.values.get(column.name)) if target in targets else ():
                if (each,) not in state[target]:
                    remedy = f"Add it to {target}, or mend the id."
                    yield row.fault(column.name, f"is not in {target}", remedy)


def _ids(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,) if value else ()


def _referred_to(table: Table) -> list[str]:
    """The tables that its ids refer to."""
    named = [column.refers for column in table.columns if column.refers]
    if any(column.kind is Kind.SCOPE for column in table.columns):
        named += filter(None, SCOPES.values())
    return list(dict.fromkeys(named))


def _stored_first(rows: Iterable[Row]) -> list[Row]:
    """So that of two rows the loaded one is blamed."""
    return sorted(rows, key=lambda row: row.place is not None)


def _name(row: Row) -> str:
    return str(row.place) if row.place else "a row of the store"
