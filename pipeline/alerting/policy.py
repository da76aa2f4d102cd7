"""What an installation wants otherwise of its alerts: thresholds by scope, and quiet hours.

One YAML file, which `pulse alerts set` and `pulse alerts quiet` write and anybody may edit. A
group's own thresholds go before those of its type, these before those of all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from pipeline.alerting.audience import EVERYBODY, Audience
from pipeline.catalog.catalogue import ALL_MILESTONES
from pipeline.catalog.dimension_columns import COMMUNITY_TYPES
from pipeline.catalog.drop import Drop
from pipeline.catalog.metric import Metric
from pipeline.catalog.tuning import tuned
from pipeline.errors import CatalogError, UsageError
from pipeline.validation import reason

HEADER = """\
# Thresholds and quiet hours that differ from the defaults in pipeline/METRICS.md.
# `pulse alerts render --to DIR` makes rules and routes of it.
"""

Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]
Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Thresholds = dict[str, str | int | float]


class Quiet(BaseModel):
    """Hours, in the reporting zone, in which some alerts are raised and shown but not sent.

    `until` may lie before `since`: then it is that of the next morning. No days = every day.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: Clock
    until: Clock
    days: tuple[Day, ...] = ()
    severities: tuple[Literal["critical", "warning"], ...] = ("warning",)

    @model_validator(mode="after")
    def _lasts(self) -> Quiet:
        if self.since == self.until:
            raise ValueError("it ends as it begins; the whole day is 00:00-24:00")
        return self

    def spans(self) -> list[dict[str, str]]:
        """Its hours as spans within a day."""
        if self.since < self.until:
            return [{"start_time": self.since, "end_time": self.until}]
        spans = [{"start_time": self.since, "end_time": "24:00"}]
        if self.until != "00:00":
            spans.append({"start_time": "00:00", "end_time": self.until})
        return spans


class Policy(BaseModel):
    """The whole file. Thresholds are METRIC.signal.against.field: value."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    thresholds: Thresholds = Field(default_factory=dict)
    types: dict[str, Thresholds] = Field(default_factory=dict)
    groups: dict[str, Thresholds] = Field(default_factory=dict)
    quiet: tuple[Quiet, ...] = ()

    def drops(self) -> Iterator[tuple[Metric, Drop, Audience]]:
        """Every drop of the catalogue, as often as scopes want it otherwise, and for whom."""
        for metric in self._tuned({}):
            for drop in metric.drops:
                key = f"{metric.id}.{drop.key}."
                types = [one for one, wanted in self.types.items() if _touches(wanted, key)]
                groups = [one for one, wanted in self.groups.items() if _touches(wanted, key)]
                rest = EVERYBODY.without_groups(groups)
                yield metric, drop, rest.without_types(types)
                for one in types:
                    its = self._drop(metric, drop, self.types[one])
                    yield metric, its, Audience(types=(one,), not_groups=tuple(groups))
                for one in groups:
                    yield metric, self._drop(metric, drop, self.groups[one]), Audience((one,))

    def checked(self, where: str) -> Policy:
        """Itself; UsageError that names whatever is no threshold, no type, or out of range."""
        if unknown := sorted(self.types.keys() - set(COMMUNITY_TYPES)):
            raise UsageError(
                f"There is no community type {', '.join(unknown)}",
                where=where,
                remedy=f"There are {', '.join(COMMUNITY_TYPES)}.",
            )
        for wanted in ({}, *self.types.values(), *self.groups.values()):
            try:
                self._tuned(wanted)
            except (CatalogError, UsageError) as error:
                raise UsageError(
                    error.what,
                    where=f"{where}: {error.where}" if error.where else where,
                    remedy=error.remedy or "`pulse alerts show` has the defaults.",
                ) from error
        return self

    def _tuned(self, wanted: Thresholds) -> Sequence[Metric]:
        return tuned(ALL_MILESTONES, _texts(self.thresholds | wanted))

    def _drop(self, metric: Metric, drop: Drop, wanted: Thresholds) -> Drop:
        (its,) = (one for one in self._tuned(wanted) if one.name == metric.name)
        return next(one for one in its.drops if one.key == drop.key)


DEFAULTS = Policy()


def parsed(text: str, where: str) -> Policy:
    """The policy that a file `where` says. Raises UsageError."""
    try:
        policy = Policy.model_validate(yaml.safe_load(text) or {})
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UsageError(
            f"It is no YAML: {error.problem}",
            where=f"{where}{line}",
            remedy="Mend that line, or the one before.",
        ) from error
    except yaml.YAMLError as error:  # of a character that no YAML may have
        raise UsageError(f"It is no YAML: {error}", where=where) from error
    except ValidationError as error:
        faults = (": ".join([*_place(e["loc"]), reason(e)]) for e in error.errors())
        raise UsageError(
            f"It is no alert policy: {'; '.join(faults)}",
            where=where,
            remedy="It has thresholds, types, groups and quiet; `pulse alerts show` tells them.",
        ) from error
    return policy.checked(where)


def _place(path: Sequence[object]) -> list[str]:
    return [".".join(map(str, path))] if path else []


def text_of(policy: Policy) -> str:
    """The file's text."""
    told = policy.model_dump(mode="json", exclude_defaults=True)
    return HEADER + (yaml.safe_dump(told, allow_unicode=True, sort_keys=True) if told else "")


def _touches(wanted: Mapping[str, object], key: str) -> bool:
    return any(name.startswith(key) for name in wanted)


def _texts(wanted: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in wanted.items()}
