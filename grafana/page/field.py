"""How a column is shown: a panel's defaults and overrides, brought together for its name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any

from grafana.page.frame import Column, Value
from grafana.page.units import written

Json = Mapping[str, Any]

NOTHING = "–"


@dataclass(frozen=True)
class Field:
    """A column's look. `own`: whether an override speaks of it."""

    name: str
    options: Json
    own: bool
    zone: tzinfo = UTC

    @property
    def title(self) -> str:
        """What it is called: its display name, if it has one."""
        return str(self.options.get("displayName") or self.name)

    @property
    def unit(self) -> str:
        """Grafana's unit id."""
        return str(self.options.get("unit") or "short")

    @property
    def nothing(self) -> str:
        """What is shown where there is no value."""
        return str(self.options.get("noValue") or NOTHING)

    def custom(self, name: str, default: Any = None) -> Any:
        """An option that only its kind of panel knows."""
        return self.options.get(f"custom.{name}", default)

    def text(self, value: Value, *, is_time: bool = False) -> str:
        """A value as it is read."""
        mapped = self._mapped(value)
        if mapped.get("text"):
            return str(mapped["text"])
        if value is None or value == "":
            return self.nothing
        if is_time:
            unit = self.unit if "ate" in self.unit or self.unit.startswith("time") else ""
            return written(float(value), unit or "dateTimeAsIso", zone=self.zone)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(value)
        return written(float(value), self.unit, self.options.get("decimals"), self.zone)

    def colour(self, value: Value) -> str:
        """Grafana's name for a value's colour; "text" if it says nothing."""
        if mapped := self._mapped(value).get("color"):
            return str(mapped)
        chosen = self.options.get("color") or {}
        if chosen.get("mode") == "fixed":
            return str(chosen.get("fixedColor") or "text")
        if value is None or not isinstance(value, int | float):
            return "text"
        return self.step_colour(value)

    def step_colour(self, value: float) -> str:
        """The colour of the highest threshold that the value has reached."""
        found = "text"
        for step in self.steps:
            if step.get("value") is None or value >= step["value"]:
                found = str(step["color"])
        return found

    @property
    def steps(self) -> Sequence[Json]:
        """Thresholds, the lowest first; the first has no value."""
        return (self.options.get("thresholds") or {}).get("steps") or ()

    @property
    def limits(self) -> Sequence[float]:
        """The thresholds that are numbers."""
        return [step["value"] for step in self.steps if step.get("value") is not None]

    def _mapped(self, value: Value) -> Json:
        for mapping in self.options.get("mappings") or ():
            options = mapping.get("options") or {}
            match mapping.get("type"):
                case "value":
                    found = options.get(_key(value))
                case "range":
                    found = options.get("result") if _within(value, options) else None
                case "regex":
                    pattern = str(options.get("pattern", "")).strip("/")
                    found = options.get("result") if re.search(pattern, str(value)) else None
                case "special":
                    nothing = options.get("match") in ("null", "null+nan") and value is None
                    found = options.get("result") if nothing else None
                case _:
                    found = None
            if found:
                return dict(found)
        return {}


def field_of(panel: Json, column: Column, zone: tzinfo = UTC) -> Field:
    """How the panel shows the column."""
    config = panel.get("fieldConfig") or {}
    options: dict[str, Any] = dict(_flat(config.get("defaults") or {}))
    own = False
    for override in config.get("overrides") or ():
        if _matches(override["matcher"], column):
            properties = {one["id"]: one.get("value") for one in override["properties"]}
            options.update(properties)
            own = own or bool(properties.keys() - {"displayName"})
    return Field(column.name, options, own, zone)


def _flat(defaults: Json) -> dict[str, Any]:
    """`custom` of the defaults, named as overrides name it."""
    custom = {f"custom.{name}": value for name, value in (defaults.get("custom") or {}).items()}
    return {**{name: it for name, it in defaults.items() if name != "custom"}, **custom}


def _matches(matcher: Json, column: Column) -> bool:
    wanted = matcher.get("options")
    match matcher.get("id"):
        case "byName":
            return bool(column.name == wanted)
        case "byRegexp":
            return re.search(str(wanted).strip("/"), column.name) is not None
        case "byFrameRefID":
            return bool(column.ref == wanted)
        case "byType":
            kind = "time" if column.is_time else "number" if column.is_number else "string"
            return bool(kind == wanted)
        case _:
            return False


def _key(value: Value) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _within(value: Value, options: Json) -> bool:
    if not isinstance(value, int | float):
        return False
    low, high = options.get("from"), options.get("to")
    return (low is None or value >= low) and (high is None or value <= high)
