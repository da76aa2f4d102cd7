"""`pulse alerts show|set|quiet|render`: thresholds and quiet hours of this installation."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from pipeline.alerting.installation import installation
from pipeline.alerting.policy import DEFAULTS, Policy, Thresholds, parsed, text_of
from pipeline.alerting.site import assigned, located
from pipeline.catalog.vocabulary import Change, Turn
from pipeline.cli.output import Json, out, print_json
from pipeline.errors import UsageError
from pipeline.settings import load_settings

_CLOCK = r"((?:[01]\d|2[0-3]):[0-5]\d|24:00)"
_SPAN = re.compile(f"{_CLOCK}-{_CLOCK}", re.ASCII)

Only = Annotated[
    list[str] | None, typer.Option("--metric", help="Only this id; may be given again.")
]


def read_policy(path: Path) -> Policy:
    """The policy in a file; the defaults if there is none. Raises UsageError."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return DEFAULTS
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise UsageError(
            f"The alert policy cannot be read: {why}",
            where=f"PULSE_ALERTS_FILE={path}",
            remedy="It names a YAML file, or one that is not there yet.",
        ) from error
    return parsed(text, str(path))


def _write(path: Path, policy: Policy) -> None:
    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(text_of(policy), encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise UsageError(
            f"It cannot be written: {error.strerror}",
            where=str(path),
            remedy="Name another file with PULSE_ALERTS_FILE.",
        ) from error


def show(*, metric: Only = None, as_json: Json = False) -> None:
    """Every threshold that holds, for whom, and the quiet hours."""
    settings = load_settings()
    policy = read_policy(settings.alerts_file)
    rows: list[dict[str, Any]] = [
        {
            "alert": one.alert,
            "metric": one.id,
            "drop": drop.key,
            "turn": str(drop.turn),
            "change": str(drop.change),
            "threshold": drop.threshold,
            "min_sample": drop.min_sample,
            "min_expected": drop.min_expected,
            "hold_s": drop.hold_s,
            "keep_s": drop.keep_s,
            "severity": str(drop.severity),
            "severities": {name: str(severity) for name, severity in drop.severities.items()},
            "scope": audience.labels.get("scope", "all"),
        }
        for one, drop, audience in policy.drops()
        if not metric or one.id in metric
    ]
    if metric and not rows:
        known = ", ".join(dict.fromkeys(one.id for one, _, _ in policy.drops()))
        raise UsageError(
            f"No alert is on {', '.join(metric)}", where="--metric", remedy=f"There are {known}."
        )
    quiet = [one.model_dump(mode="json") for one in policy.quiet]
    if as_json:
        print_json({"file": str(settings.alerts_file), "thresholds": rows, "quiet": quiet})
        return
    table = Table(title=f"Thresholds ({settings.alerts_file})", title_justify="left")
    for column in ("threshold of", "for", "fires over", "sample", "expected", "hold", "severity"):
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(
            f"{row['metric']}.{row['drop']}",
            str(row["scope"]),
            _words(row),
            f"{row['min_sample']}",
            f"{row['min_expected']:g}",
            f"{row['hold_s'] // 60} min",
            ", ".join(
                [str(row["severity"]), *(f"{name}: {s}" for name, s in row["severities"].items())]
            ),
        )
    out.print(table)
    for one in policy.quiet:
        days = ", ".join(one.days) or "every day"
        out.print(
            f"Quiet {one.since}-{one.until} {settings.zone}, {days}: {', '.join(one.severities)}"
        )


def _words(row: dict[str, Any]) -> str:
    if row["turn"] == Turn.RISE:
        return f"{1 + row['threshold']:g} times the usual"
    return f"{row['threshold']:.0%}{' points' if row['change'] == Change.POINTS else ''}"


def set_(
    changes: Annotated[
        list[str] | None,
        typer.Argument(help="METRIC.signal.against.FIELD=VALUE, such as C06.slow.4w.threshold=0.4"),
    ] = None,
    *,
    group: Annotated[str, typer.Option("--group", help="For this group alone.")] = "",
    community_type: Annotated[
        str, typer.Option("--type", help="For groups of this community type alone.")
    ] = "",
    reset: Annotated[
        bool, typer.Option("--reset", help="First forget what was set for this scope.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Set thresholds for all groups, a community type, or one group, in PULSE_ALERTS_FILE.

    Fields: threshold, noise, min_sample, min_expected, hold_s, keep_s. Empty value = as by default.
    """
    settings = load_settings()
    if group and community_type:
        raise UsageError("A scope is a group or a type", where="--group, --type")
    if not changes and not reset:
        raise UsageError(
            "Nothing to set",
            where="pulse alerts set",
            remedy="Write C06.slow.4w.threshold=0.4, or --reset; `pulse alerts show` lists them.",
        )
    policy = read_policy(settings.alerts_file)
    scopes: dict[str, dict[str, Thresholds]] = {
        "types": dict(policy.types),
        "groups": dict(policy.groups),
    }
    if group or community_type:
        kind, name = ("groups", group) if group else ("types", community_type)
        wanted = _changed({} if reset else scopes[kind].get(name, {}), changes or ())
        scopes[kind].pop(name, None)
        if wanted:
            scopes[kind][name] = wanted
        fresh = policy.model_copy(update=dict(scopes))
    else:
        wanted = _changed({} if reset else policy.thresholds, changes or ())
        fresh = policy.model_copy(update={"thresholds": wanted})
    _save(settings.alerts_file, fresh.checked("pulse alerts set"), as_json=as_json)


def _changed(known: Thresholds, changes: Sequence[str]) -> Thresholds:
    found = dict(known)
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise UsageError(
                f"{change} is not NAME=VALUE",
                where="pulse alerts set",
                remedy="Write it like C06.slow.4w.threshold=0.4; no value: the default.",
            )
        if not value:
            found.pop(name, None)
            continue
        try:
            number = float(value)
        except ValueError:
            found[name] = value
        else:
            found[name] = int(number) if number.is_integer() and "." not in value else number
    return found


def quiet(
    hours: Annotated[str, typer.Argument(help="HH:MM-HH:MM in the reporting zone, or none.")],
    *,
    day: Annotated[
        list[str] | None, typer.Option("--day", help="Only on this weekday; may be given again.")
    ] = None,
    severity: Annotated[
        list[str] | None,
        typer.Option("--severity", help="Of this severity; default: warning alone."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Add hours in which alerts are raised and shown, but not sent; `none` forgets all of them."""
    settings = load_settings()
    policy = read_policy(settings.alerts_file)
    if hours == "none":
        fresh = policy.model_copy(update={"quiet": ()})
    else:
        span = _SPAN.fullmatch(hours)
        if span is None:
            raise UsageError(
                f"{hours} is no span of hours",
                where="pulse alerts quiet",
                remedy="Write it like 22:00-08:00.",
            )
        told = policy.model_dump(mode="json")
        told["quiet"].append(
            {
                "since": span[1],
                "until": span[2],
                "days": day or [],
                "severities": severity or ["warning"],
            }
        )
        fresh = parsed(json.dumps(told), "pulse alerts quiet")
    _save(settings.alerts_file, fresh, as_json=as_json)


def _save(path: Path, policy: Policy, *, as_json: bool) -> None:
    _write(path, policy)
    if as_json:
        print_json({"file": str(path), **policy.model_dump(mode="json")})
    else:
        out.print(
            f"Written to {path}. `pulse alerts render --to DIR` makes rules and routes of it."
        )


def render(
    to: Annotated[Path, typer.Option("--to", help="The folder to write into.")],
    *,
    address: Annotated[
        list[str] | None,
        typer.Option("--set", help="An address, KEY=VALUE, such as page_url=http://…"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write alerts.yml, alertmanager.yml and prometheus.yml of this installation.

    Thresholds and quiet hours come from PULSE_ALERTS_FILE. Then have Prometheus and Alertmanager
    read them anew (SIGHUP, or POST /-/reload).
    """
    settings = load_settings()
    site = located(dict(map(assigned, address or ())))
    files = installation(site, read_policy(settings.alerts_file), settings.zone)
    try:
        to.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (to / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"It cannot be written: {error.strerror}",
            where=str(to),
            remedy="Name a folder that you may write to.",
        ) from error
    if as_json:
        print_json({"written": [str(to / name) for name in files]})
    else:
        out.print("\n".join(f"wrote {to / name}" for name in files))
