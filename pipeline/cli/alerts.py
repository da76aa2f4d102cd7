"""`pulse alerts`: the rules, their thresholds, and what they would have said of history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from pipeline.catalog.catalogue import ALL_MILESTONES
from pipeline.catalog.cause_words import Language, by_words, part_words, phrase
from pipeline.catalog.vocabulary import Zero
from pipeline.cli import alert_policy
from pipeline.cli.moments import moment, shown
from pipeline.cli.output import Json, err, out, print_json
from pipeline.cli.progress import bar
from pipeline.clock import SharedClock
from pipeline.counted import counted
from pipeline.errors import UsageError
from pipeline.operations.backtest import NAME
from pipeline.operations.perform import perform
from pipeline.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="The rules that alert: their thresholds, and history.")

LEAST_SHARE = 0.5
"""A back-test whose rules could tell less often than this proves little."""

_COUNTS = {metric.id for metric in ALL_MILESTONES if metric.zero is Zero.COUNT}


@app.callback()
def alerts() -> None:
    """The rules that alert."""


app.command("show")(alert_policy.show)
app.command("set")(alert_policy.set_)
app.command("quiet")(alert_policy.quiet)
app.command("render")(alert_policy.render)


@app.command()
def backtest(
    *,
    since: Annotated[str, typer.Option("--since", help="A day, a moment, or so long ago (90d).")],
    until: Annotated[str, typer.Option("--until", help="Up to then; default: now.")] = "",
    group: Annotated[
        list[str] | None, typer.Option("--group", help="Only this; may be given again.")
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", help="Only this milestone, by id or name; may be given again."),
    ] = None,
    explained: Annotated[
        int, typer.Option("--explained", min=0, help="Find the causes of so many alerts.")
    ] = 20,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit code 1 where under half had enough sample.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Replay stored history through the rules that alert: every alert, its numbers, and why.

    By the thresholds for all groups (`pulse alerts show`), with what was known at each moment: live
    milestones each 15 minutes, stored ones as each hour closes. Beside the alerts: how many of the
    evaluations had a baseline, and were of a group large enough to tell at all.
    """
    settings = load_settings()
    now_ms = SharedClock(settings.clock_file).now_ms()

    def read(text: str, where: str) -> int:
        return moment(text, where=where, now_ms=now_ms, zone=settings.zone)

    since_ms = read(since, "--since")
    until_ms = read(until, "--until") if until else now_ms
    if until_ms <= since_ms:
        raise UsageError(
            f"--until is not after --since {since}",
            where="pulse alerts backtest",
            remedy="Give a span that has passed.",
        )
    if until_ms > now_ms:
        raise UsageError(
            f"--until {until} has not passed yet",
            where="pulse alerts backtest",
            remedy="Leave it out to replay up to now.",
        )
    arguments = {
        "since_ms": since_ms,
        "until_ms": until_ms,
        "groups": group or [],
        "metrics": metric or [],
        "explained": explained,
        "thresholds": {
            name: str(value)
            for name, value in alert_policy.read_policy(settings.alerts_file).thresholds.items()
        },
    }
    with bar() as progress:
        report = perform(NAME, arguments, settings, progress)
    if as_json:
        print_json(report)
    else:
        _tell(report, settings.zone)
    if report["absent"]:
        err.print(f"Without members in this time, so not judged: {', '.join(report['absent'])}.")
    if report["without_source"]:
        names = ", ".join(report["without_source"])
        err.print(f"Not replayed, as the store has none of their events: {names}.")
    weak = [one for one in report["samples"] if _share(one, "enough") < LEAST_SHARE]
    idle = [one for one in weak if not one["evaluations"]]
    young = [one for one in weak if one["evaluations"] and _share(one, "compared") < LEAST_SHARE]
    small = [one for one in weak if one not in idle and one not in young]
    _warn("Never evaluated, as no group had any", idle)
    _warn("Under half had a baseline, as history is too short or had holidays", young)
    _warn("Under half were of groups large enough to tell a change from chance", small)
    if weak and strict:
        raise typer.Exit(1)


def _warn(text: str, rules: Sequence[Mapping[str, Any]]) -> None:
    if rules:
        names = ", ".join(f"{one['metric']} {one['drop']}" for one in rules)
        err.print(f"{text}: {names}.")


def _share(one: Mapping[str, Any], part: str) -> float:
    return float(one[part] / one["evaluations"]) if one["evaluations"] else 0.0


def _numbers(one: Mapping[str, Any]) -> tuple[str, str, str]:
    """Value, baseline and n of an alert; of a count there is no n."""
    if one["metric"] in _COUNTS:
        return f"{one['numerator']:,.0f}", f"{one['baseline']:,.1f}", ""
    value = one["numerator"] / one["denominator"]
    return f"{value:.1%}", f"{one['baseline']:.1%}", f"{one['denominator']:,.0f}"


def _why(cause: Mapping[str, Any]) -> str:
    """A cause in words, in percentage points of the change, and its share of it."""
    by, part = cause["by"], cause["part"]
    named = phrase(by, part, Language.EN) or (
        f"{by_words(by, Language.EN)} {part_words(by, part, Language.EN)}"
    )
    return f"{named} {100 * cause['points']:+.1f} points ({cause['share']:.0%})"


def _tell(report: Mapping[str, Any], zone: str) -> None:
    words = {(its.id, drop.key): its.words for its in ALL_MILESTONES for drop in its.drops}
    table = Table(
        title=f"{counted(len(report['alerts']), 'alert')} of"
        f" {counted(report['groups'], 'group')} in {counted(round(report['days']), 'day')};"
        f" times of {zone}",
        title_justify="left",
    )
    for column in ("fired", "group", "metric", "signal", "for", "value", "baseline", "n", "why"):
        table.add_column(column, overflow="fold")
    for one in report["alerts"]:
        hours = (one["ended_ms"] - one["fired_ms"]) / 3_600_000
        table.add_row(
            shown(one["fired_ms"], zone),
            one["group_id"],
            " ".join([words[one["metric"], one["drop"]], *one["measure"].split(":")[1:]]),
            f"{one['drop']} {one['severity']}",
            f"{hours:,.1f} h",
            *_numbers(one),
            "\n".join(_why(cause) for cause in one["causes"]),
        )
    out.print(table if report["alerts"] else table.title)
    counts = Counter((one["metric"], one["drop"]) for one in report["alerts"])
    shares = Table(title="By rule: alerts, and how often it could tell", title_justify="left")
    for column in ("metric", "signal", "alerts", "evaluations", "with baseline", "large enough"):
        shares.add_column(column, justify="left" if column in ("metric", "signal") else "right")
    for one in report["samples"]:
        shares.add_row(
            words[one["metric"], one["drop"]],
            one["drop"],
            f"{counts[one['metric'], one['drop']]}",
            f"{one['evaluations']:,}",
            *(f"{_share(one, part):.0%}" for part in ("compared", "enough")),
        )
    out.print(shares)
