"""BACKTEST.md: what was measured, in words and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.benchmarks.alerts.bound import GROUPS, least_expected
from tests.benchmarks.alerts.drops import DEPTHS, LASTS_H
from tests.benchmarks.alerts.power import Power, power, reached, share_of, table
from tests.benchmarks.alerts.real import told
from tests.benchmarks.alerts.replayed import RULES
from tests.benchmarks.alerts.tables import from_edge, percent, tabled
from tests.benchmarks.alerts.trial import MONTH_DAYS, WATCHED_DAYS, Candidate, Trial

HEAD = """\
# Back-test of the drop alerts

Written by `{command}`: what the rules of `alerts.yml` would have done to made-up
communities, whose drops are known, and to a real channel. The numbers go through the product's
own baselines, rule and back-test (`pipeline/core/baseline.py`, `pipeline/alerting/backtest.py`);
made up are the counts alone.
The choice of thresholds is argued in `pipeline/decisions/drop-thresholds.md`.
"""

HOW = """\
## How the communities are made

{groups} groups of each kind, for a year, hour by hour (`tests/benchmarks/alerts/communities.py`).
Every group has a rhythm of hours and weekdays (for leisure, or for work with quiet weekends). Days
differ by chance, and so do hours (log-normal, cv 10 %; measured from week to week: {spread}).
There are 17 holidays at 60 to 80 %; planned events at 140 to 200 %, each 8 weeks; growth of 0 to
2 % a week and leaving in clumps; a rate that declines by up to 0.5 % a week; and an undeclared bot.
Distinct persons are counted as such: it is kept how many members were last active how many hours
ago. A test holds that to persons one by one, and those to the store's SQL over their events.

In a second year a share of the members of each group falls silent for {lasts} hours, at moments by
chance, so far apart that none is in the baseline of the next. A drop is seen in time if an alert
that began after it fired by its second closed window: two days for slow, two hours for fast.
"Expected" is what the baseline promises there. Drops that have no baseline then, by a holiday,
are left out: {blind}."""

TWENTY = """\
**A drop of 20 % is not seen**, in a group of any size: {twenty} of {of} in time. What
hides it is not the number of members but that days differ by 10 %: a day against the median of four
others then varies by 11 % with any number of members (0.1 times the root of 1.3), and 20 % is less
than two of these. To be seen in nine of ten cases at as few false alarms it would have to be nearly
five of them: days would have to differ by at most 4 %, or seven days be taken together. That is a
matter for the weekly comparison on the boards, not for an alert."""


def report(
    trials: Sequence[Trial],
    others: Sequence[Trial],
    real: Mapping[str, Any] | None,
    measured_on: Mapping[str, str],
    command: str,
) -> str:
    """The whole file. `others`: cells whose days differ more or less. `real`: `real.channel`."""
    lines = [HEAD.format(command=command)]
    lines += [f"- {subject}: {text}" for subject, text in measured_on.items()]
    lines += ["", "![Power](backtest.svg)", "", *_summary(trials), ""]
    lines += [_how(trials), "", *_false(trials), "", *_power(trials), ""]
    lines += [*_reached(trials), *_candidates(trials), ""]
    lines += [*_informed(trials), ""]
    if others:
        lines += [*_restless(trials, others), ""]
    if real is not None:
        lines += [*_real(real), ""]
    return "\n".join(lines)


def panels(trials: Sequence[Trial]) -> dict[str, list[Power]]:
    """Power by signal, all metrics together."""
    return {
        f"{name} ({span})": power(_seen(trials, name))
        for name, span in (("slow", "trailing 24 h"), ("fast", "last closed hour"))
    }


def _seen(trials: Sequence[Trial], signal: str) -> list[Any]:
    return [v.seen for t in trials for rule, v in t.rules.items() if f".{signal}.4w" in rule]


def _mixed(trials: Sequence[Trial], rule: str) -> float:
    """Alerts a month in 200 groups, equally many of each kind."""
    return sum(t.monthly(t.rules[rule].false) for t in trials) / len(trials)


def _summary(trials: Sequence[Trial]) -> Iterator[str]:
    slow, fast = panels(trials).values()
    whole = sum(_mixed(trials, rule) for rule in _rules(trials))
    yield "## In short"
    yield ""
    yield (
        f"- **False alarms:** {whole:.2f} a month in 200 groups of all sizes, all rules together"
        f" (target: below 1): {'reached' if whole < 1 else 'not reached'}."
    )
    if missing := sorted(set(RULES) - set(_rules(trials))):
        yield f"- **Not measured here:** {', '.join(missing)}."
    for depth in reversed(DEPTHS):
        part = share_of(slow, depth, 80)
        hit = part[1] and part[0] / part[1] >= 0.9
        yield (
            f"- **Drops of {depth:.0%}**, at least 80 expected: slow sees {percent(part)} in time"
            f" (target: 90 %): {'reached' if hit else 'not reached'}; fast"
            f" {percent(share_of(fast, depth, 80))}."
        )


def _rules(trials: Sequence[Trial]) -> list[str]:
    return sorted(trials[0].rules)


def _how(trials: Sequence[Trial]) -> str:
    spreads = sorted(t.spread for t in trials if t.spread == t.spread)
    missing = [
        v.seen.filter(v.seen["expected"].is_null()).height / v.seen.height
        for t in trials
        for rule, v in t.rules.items()
        if rule == "C06.slow.4w" and t.expected["C06"] > 100
    ]
    return HOW.format(
        groups=trials[0].cell.groups,
        lasts=LASTS_H,
        spread=f"{spreads[0]:.0%} to {spreads[-1]:.0%}"
        if spreads
        else "12 to 15 %, chance included",
        blind=f"{sum(missing) / len(missing):.0%} of the slow ones" if missing else "none",
    )


def _false(trials: Sequence[Trial]) -> Iterator[str]:
    rules = _rules(trials)
    yield "## False alarms a month in 200 groups of one kind"
    yield ""
    yield (
        "Holidays and events known; in brackets the alerts there were, of"
        f" {trials[0].cell.groups} groups in {WATCHED_DAYS / MONTH_DAYS:.1f} months. 0 means less"
        f" than {3 * trials[0].monthly(1):.2f} with 95 % confidence. A row is 200 groups of its"
        " kind; the last is 200 of all kinds, equally many of each."
    )
    yield ""
    yield from tabled(
        ["members, active a day", "chatters expected", *rules],
        [
            [
                t.cell.name,
                f"{t.expected['C06']:,.0f}",
                *(f"{t.monthly(t.rules[r].false):.2f} ({t.rules[r].false})" for r in rules),
            ]
            for t in trials
        ]
        + [["all sizes", "", *(f"**{_mixed(trials, r):.2f}**" for r in rules)]],
    )


def _power(trials: Sequence[Trial]) -> Iterator[str]:
    yield "## Power: drops seen in time"
    yield ""
    yield "In brackets the drops there were, and the median delay of those seen."
    for name, found in panels(trials).items():
        yield ""
        yield f"**{name}**"
        yield ""
        yield from tabled(["expected", *(f"-{depth:.0%}" for depth in DEPTHS)], table(found))
    slow = next(iter(panels(trials).values()))
    part = share_of(slow, 0.2, 0)
    yield ""
    yield TWENTY.format(twenty=part[0], of=f"{part[1]:,}")
    yield ""
    yield (
        "Below 50 expected in a day, or 30 in an hour, no rule looks: a group of 20 members is on"
        " the boards, and nobody is woken for it."
    )


def _reached(trials: Sequence[Trial]) -> Iterator[str]:
    yield "## From how many expected on nine of ten drops are seen"
    yield ""
    yield (
        "Beside the rules an ideal test (`tests/benchmarks/alerts/bound.py`): it knows exactly what"
        f" is usual and has {GROUPS} groups for one false alarm a month, over one closed window or"
        " two together. With chance alone (Poisson), and where windows differ by 10 % beside."
        " *never*: in no group however large. Where an ideal test of one window sees nothing,"
        " neither can a rule that judges each window by itself."
    )
    yield ""
    for (name, found), window_h in zip(panels(trials).items(), (24, 1), strict=True):
        yield f"**{name}**"
        yield ""
        tests = [(windows, cv) for cv in (0.0, 0.1) for windows in (1, 2)]
        heads = [
            f"ideal, {'one window' if windows == 1 else 'two'}, "
            + (f"{cv:.0%} apart" if cv else "chance alone")
            for windows, cv in tests
        ]
        yield from tabled(
            ["drop", "rule", *heads],
            [
                [
                    f"-{depth:.0%}",
                    from_edge(reached(found, depth)),
                    *(
                        from_edge(least_expected(depth, window_h=window_h, windows=windows, cv=cv))
                        for windows, cv in tests
                    ),
                ]
                for depth in DEPTHS
            ],
        )
        yield ""


def _candidates(trials: Sequence[Trial]) -> Iterator[str]:
    yield "## What the thresholds were chosen among"
    yield ""
    yield (
        "A change must exceed the threshold and *noise* / √expected, and hold. The first of each"
        " rule is what held before, **bold** what holds. Worst: all 200 groups of the kind that is"
        " worst for it. Seen: of this rule's own drops."
    )
    yield ""
    rows = []
    for one in trials[0].candidates:
        found = power([t.candidates[one].seen for t in trials])
        monthly = [t.monthly(t.candidates[one].false) for t in trials]
        rows.append(
            [
                _candidate(one),
                f"{sum(monthly) / len(monthly):.2f}",
                f"{max(monthly):.2f}",
                *(_seen_share(found, depth) for depth in (0.4, 0.6, 0.8)),
            ]
        )
    columns = ["rule", "false a month", "worst", "-40%", "-60%", "-80%"]
    yield from tabled([*columns[:3], *(f"{name}, 80 and more" for name in columns[3:])], rows)


def _seen_share(found: Sequence[Power], depth: float) -> str:
    part = share_of(found, depth, 80)
    return f"{part[0] / part[1]:.0%}" if part[1] else "-"


def _candidate(one: Candidate) -> str:
    rule, threshold, noise, hold_s = one
    name = f"{rule}: {threshold:.0%}, {noise:g} / √expected, {hold_s // 60} min"
    now = RULES[rule][1]
    holds = (threshold, noise, hold_s) == (now.threshold, now.noise, now.hold_s)
    return f"**{name}**" if holds else name


def _informed(trials: Sequence[Trial]) -> Iterator[str]:
    mine = [t for t in trials if t.uninformed]
    yield "## With and without holidays and events in the calendars"
    yield ""
    yield (
        "False alarms a month in 200 groups of one kind, when `dim_date` and `ops_calendar` say"
        " what was a holiday or a planned event, and when they are empty. Untold, 17 holidays a"
        " year at 60 to 80 % and the events make most of all false alarms: tell the calendar."
    )
    yield ""
    rules = [rule for rule in _rules(trials) if rule.endswith("4w")]
    yield from tabled(
        ["members, active a day", *(f"{r}, {w}" for r in rules for w in ("told", "not told"))],
        [
            [
                t.cell.name,
                *(
                    f"{t.monthly(n):.2f}"
                    for r in rules
                    for n in (t.rules[r].false, t.uninformed[r])
                ),
            ]
            for t in mine
        ],
    )


def _restless(trials: Sequence[Trial], others: Sequence[Trial]) -> Iterator[str]:
    yield "## Days that differ more, and less"
    yield ""
    kinds = {(t.cell.size, t.cell.rate) for t in others}
    same = [t for t in trials if (t.cell.size, t.cell.rate) in kinds]
    rows = []
    for t in sorted((*same, *others), key=lambda t: (t.cell.size, t.cell.rate, t.cell.cv)):
        verdict = t.rules["C06.slow.4w"]
        found = power([verdict.seen])
        rows.append(
            [
                t.cell.name,
                f"{t.cell.cv:.0%}",
                f"{t.monthly(verdict.false):.2f}",
                *(percent(share_of(found, depth, 80)) for depth in DEPTHS),
            ]
        )
    heads = [f"-{depth:.0%}, 80 and more" for depth in DEPTHS]
    yield from tabled(["members, active a day", "cv", "C06 slow, false a month", *heads], rows)


def _real(found: Mapping[str, Any]) -> Iterator[str]:
    def day(ms: int) -> str:
        return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d}"

    yield "## A real channel: #duraspace"
    yield ""
    yield (
        f"DuraSpace IRC logs, irclogs.duraspace.org (CC BY 4.0), {day(found['first_ms'])} to"
        f" {day(found['last_ms'])}: {found['events']:,} events, imported, stored and replayed each"
        " 15 minutes by the operation behind `pulse alerts backtest`. On its busiest day"
        f" {found['busiest']} persons chatted."
        f" **{len(found['alerts'])} alerts in {found['days']:,.0f} days.**"
    )
    yield ""
    yield from tabled(
        ["rule", "evaluations", "with enough to tell"],
        [
            [rule, f"{evaluations:,}", f"{enough:,} ({enough / max(evaluations, 1):.1%})"]
            for rule, (evaluations, enough) in told(found).items()
        ],
    )
    if found["alerts"]:
        yield ""
        yield "The alerts:"
        yield ""
        for one in found["alerts"]:
            yield (
                f"- {day(one['fired_ms'])} {one['metric']}.{one['drop']}:"
                f" {one['numerator']:.0f} of {one['denominator']:.0f},"
                f" {one['baseline']:.1%} before"
            )
