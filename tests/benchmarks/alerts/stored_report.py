"""BACKTEST_STORED.md: the stored milestones' alerts, in words and tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from pipeline.catalog.vocabulary import Signal, Turn
from tests.benchmarks.alerts.bound import least_expected
from tests.benchmarks.alerts.drops import DEPTHS
from tests.benchmarks.alerts.kinds import KINDS, Candidate, Kind
from tests.benchmarks.alerts.power import Power, bin_name, power, reached, share_of
from tests.benchmarks.alerts.stored_trial import SIZES, WATCHED_MONTHS, Trial, Verdict
from tests.benchmarks.alerts.tables import from_edge, percent, tabled

EDGES = (5, 10, 20, 30, 50, 80, 150, 300, 1_000)
LEAST = 80
"""Expected by the target."""
WINDOW_H = {Signal.FAST: 1, Signal.SLOW: 24, Signal.DAY: 24, Signal.MONTH: 730}

HEAD = """\
# Back-test of the stored milestones' alerts

Written by `{command}`: what the rules that are read from the store
would have done to made-up groups, whose drops are known. Readings are compared, judged and made
alerts by the product's own code (`pipeline/rollup/comparison.py`, `pipeline/alerting/backtest.py`);
made up are the numerators and denominators alone. Those of the live milestones are in
[BACKTEST.md](BACKTEST.md); `pulse alerts backtest` replays the rules over a history of yours.
"""

HOW = """\
## How the numbers are made

{groups} groups of each size ({sizes} members) and rule for a year, four times as many where a rule
looks once a day, eight times where once a month. Volumes have the rhythm, holidays, events,
growth, decline and days that differ by 10 % of `communities.py`, and groups of a size have from a
third to three times the traffic. Rates sway by day and by hour: the odds by so much as the table
says. What comes in clumps (leaving) varies by day as a gamma of shape 5, a coefficient of variation
of 45 %. With the shape 2 that `communities.py` has for leaving no rule against four weeks can tell:
a day is more than six times its four in one of 270. What is usual is chosen here, not measured, and
a person counts once a window: no distinct count is followed through the hours
(`tests/benchmarks/alerts/kinds.py`, `series.py`). Of F11 a group is a campaign of so many members,
with one target all year, and what it has reached to date is drawn anew each day: a drop is one of
that figure. Fewer purchases of a few days are less of a drop, the longer a campaign has run.

In a second year the rate of each group is struck at moments by chance, for three days (of hours:
one day, of days: a week, of months: a month), and far enough apart. **A rise is a drop seen from
above**: 20, 40, 60, 80 % are rises to 1.25, 1.67, 2.5 and 5 times the usual. In time is: fired by
the second window that lies wholly after the beginning; a month: by its own."""


def report(
    trials: Sequence[Trial], groups: int, measured_on: Mapping[str, str], command: str
) -> str:
    """The whole file."""
    by_rule: dict[str, list[Trial]] = defaultdict(list)
    for trial in sorted(trials, key=lambda one: (one.rule, one.size)):
        by_rule[trial.rule].append(trial)
    lines = [HEAD.format(command=command)]
    lines += [f"- {subject}: {text}" for subject, text in measured_on.items()]
    lines += ["", *_summary(by_rule), ""]
    lines += [HOW.format(groups=groups, sizes=", ".join(f"{size:,}" for size in SIZES)), ""]
    lines += [*_kinds(), "", *_false(by_rule), "", *_reached(by_rule), ""]
    for depth in DEPTHS:
        lines += [*_power(by_rule, depth), ""]
    return "\n".join([*lines, *_candidates(by_rule), ""])


def _monthly(verdicts: Sequence[Verdict]) -> float:
    """Alerts a month in 200 groups, equally many of each size."""
    return sum(one.monthly for one in verdicts) / len(verdicts)


def _found(verdicts: Sequence[Verdict]) -> list[Power]:
    return power([one.seen for one in verdicts], EDGES)


def _verdicts(trials: Sequence[Trial]) -> list[Verdict]:
    return [one.verdict for one in trials]


def _summary(by_rule: Mapping[str, Sequence[Trial]]) -> Iterator[str]:
    monthly = {rule: _monthly(_verdicts(trials)) for rule, trials in by_rule.items()}
    worst = max(monthly, key=lambda rule: monthly[rule])
    whole = sum(monthly.values())
    yield "## In short"
    yield ""
    yield (
        f"- **False alarms:** {whole:.2f} a month in 200 groups of all sizes, all"
        f" {len(monthly)} rules together (target: below 1): {_target(whole < 1)}. Most has {worst},"
        f" {monthly[worst]:.2f}."
    )
    for depth in reversed(DEPTHS):
        told = {
            rule: share_of(_found(_verdicts(trials)), depth, LEAST)
            for rule, trials in by_rule.items()
        }
        judged = {rule: part for rule, part in told.items() if part[1] >= 10}
        good = [rule for rule, (hit, of) in judged.items() if hit / of >= 0.9]
        yield (
            f"- **Drops of {depth:.0%}** (rises to {1 / (1 - depth):.3g} times), at least {LEAST}"
            f" expected: {len(good)} of {len(judged)} rules see nine of ten in time"
            + (f": {', '.join(good)}." if good else ".")
        )


def _target(hit: bool) -> str:
    return "reached" if hit else "not reached"


def _kinds() -> Iterator[str]:
    yield from tabled(
        ["rule", "milestone", "denominator", "a member and window", "usual", "sways"],
        [
            [
                one.rule,
                one.metric.words,
                one.flow.value,
                f"{one.volume:g}" if one.flow.name in ("EVENTS", "PUSHES") else "",
                f"{one.rate:g}",
                f"{one.sway:.0%}" + (", in clumps" if one.clumps else ""),
            ]
            for one in KINDS
        ],
    )


def _false(by_rule: Mapping[str, Sequence[Trial]]) -> Iterator[str]:
    yield "## False alarms a month in 200 groups of one size"
    yield ""
    yield (
        f"In brackets the alerts there were in the {WATCHED_MONTHS:.1f} months of all groups. The"
        " last column is 200 groups of all sizes, equally many of each."
    )
    yield ""
    yield from tabled(
        ["rule", *(f"{size:,} members" for size in SIZES), "all sizes"],
        [
            [
                rule,
                *(f"{one.verdict.monthly:.2f} ({one.verdict.false})" for one in trials),
                f"**{_monthly(_verdicts(trials)):.2f}**",
            ]
            for rule, trials in by_rule.items()
        ],
    )


def _reached(by_rule: Mapping[str, Sequence[Trial]]) -> Iterator[str]:
    yield "## From how many expected on nine of ten are seen"
    yield ""
    yield (
        "In brackets an ideal test of one window (`bound.py`), which knows exactly what is usual"
        " and has one false alarm a month in 200 groups for this rule alone: by chance alone"
        " (Poisson; a rate near 1 has less), and by the clumps. *never*: in no group however large;"
        " -: too few such groups here."
    )
    yield ""
    yield from tabled(
        ["rule", *(f"-{d:.0%} / x{1 / (1 - d):.3g}" for d in DEPTHS), "median delay, windows"],
        [
            [
                rule,
                *(_edge(_kind(rule), _found(_verdicts(trials)), depth) for depth in DEPTHS),
                _delay(trials),
            ]
            for rule, trials in by_rule.items()
        ],
    )


def _edge(kind: Kind, found: Sequence[Power], depth: float) -> str:
    enough = [one for one in found if one.depth == depth and one.n >= 10]
    edge = reached(found, depth)
    ideal = least_expected(
        depth,
        window_h=WINDOW_H[kind.drop.signal],
        cv=kind.clumps**-0.5 if kind.clumps else 0.0,
        rise=kind.drop.turn is Turn.RISE,
    )
    ours = from_edge(edge) if edge or enough else "-"
    return f"{ours} ({from_edge(ideal)})"


def _delay(trials: Sequence[Trial]) -> str:
    delays = [
        delay for one in trials for delay in one.verdict.seen.filter("in_time")["delay_h"].to_list()
    ]
    return f"{sorted(delays)[len(delays) // 2]:.1f}" if delays else "-"


def _power(by_rule: Mapping[str, Sequence[Trial]], depth: float) -> Iterator[str]:
    yield f"## Seen in time: drops of {depth:.0%}, rises to {1 / (1 - depth):.3g} times"
    yield ""
    yield "By the numerator that was expected; in brackets the drops there were."
    yield ""
    table = []
    for rule, trials in by_rule.items():
        found = {one.low: one for one in _found(_verdicts(trials)) if one.depth == depth}
        cells = [
            f"{found[low].share:.0%} ({found[low].n})"
            if low in found and found[low].n >= 10
            else "-"
            for low in EDGES
        ]
        table.append([rule, *cells])
    yield from tabled(["rule", *(bin_name(low, EDGES) for low in EDGES)], table)


def _candidates(by_rule: Mapping[str, Sequence[Trial]]) -> Iterator[str]:
    yield "## What the numbers were chosen among"
    yield ""
    yield (
        "A change must exceed the threshold, be more than *noise* √expected persons (a rise:"
        " √counted) from what is expected, and hold, where at least so many are expected (a rise:"
        " counted)."
        " The first of each rule is what held before this back-test (of F11 nothing did), **bold**"
        " what holds. Seen: of"
        f" drops where at least {LEAST} are expected, of rises at least 10."
    )
    yield ""
    table = []
    for rule, trials in by_rule.items():
        kind = _kind(rule)
        least = 10 if kind.drop.turn is Turn.RISE else LEAST
        for one in kind.candidates:
            verdicts = [trial.candidates[one] for trial in trials]
            found = _found(verdicts)
            name = f"{rule}: {_said(one)}"
            holds = kind.now == one
            table.append(
                [
                    f"**{name}**" if holds else name,
                    f"{_monthly(verdicts):.2f}",
                    f"{max(verdict.monthly for verdict in verdicts):.2f}",
                    *(percent(share_of(found, depth, least)) for depth in DEPTHS),
                ]
            )
    heads = [f"-{depth:.0%} / x{1 / (1 - depth):.3g}" for depth in DEPTHS]
    yield from tabled(["rule", "false a month", "worst size", *heads], table)


def _said(one: Candidate) -> str:
    threshold, noise, hold_s, least = one
    return f"{threshold:.0%}, {noise:g} √, {hold_s // 60} min, {least:g}"


def _kind(rule: str) -> Kind:
    return next(one for one in KINDS if one.rule == rule)
