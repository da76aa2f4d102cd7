"""A signal as a Grafana panel. Everything that is style is in `_styled`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from grafana.signals import Field, Look, Query, Signal, Source, Unit

Panel = dict[str, Any]

PLUGINS: Mapping[Source, str] = {
    Source.CLICKHOUSE: "grafana-clickhouse-datasource",
    Source.PROMETHEUS: "prometheus",
}
"""Data source types as Grafana names them."""

CLICKHOUSE_PLUGIN = "4.20.0"
"""The plugin whose query JSON is written here."""

MIN_INTERVAL = {Source.CLICKHOUSE: "1m", Source.PROMETHEUS: "15s"}
"""No bucket is finer than a minute window, or a scrape in production."""

NOTHING = "–"
"""What an empty cell of a table shows."""

BY_GROUP: Mapping[str, str] = {"group_id": "group"}
"""Rows of Prometheus are of groups, where a table does not say otherwise."""

GOOD, BAD, MUTED = "green", "red", "#8e8e8e"
HEAT = {"mode": "continuous-BlPu"}


def datasource(source: Source) -> Mapping[str, str]:
    """A data source by the board's variable."""
    return {"type": PLUGINS[source], "uid": f"${{{source}}}"}


def stat(signal: Signal) -> Panel:
    """Each value of the signal as a number."""
    return _styled(
        signal,
        "stat",
        options={
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "orientation": "auto",
            "textMode": "value_and_name",
            "colorMode": "value",
            "graphMode": "none",
            "justifyMode": "auto",
        },
    )


def bargauge(signal: Signal) -> Panel:
    """Each value of the signal as a bar."""
    return _styled(
        signal,
        "bargauge",
        options={
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "orientation": "horizontal",
            "displayMode": "basic",
            "showUnfilled": True,
            "minVizWidth": 0,
            "minVizHeight": 10,
        },
        defaults={"min": 0},
    )


def barchart(signal: Signal, *, stacked: bool = False) -> Panel:
    """Rows as bars: the signal's first column names them, the others are their heights."""
    return _styled(
        signal,
        "barchart",
        options={
            "orientation": "auto",
            "xTickLabelRotation": 0,
            "xTickLabelSpacing": 0,
            "showValue": "never",
            "stacking": "normal" if stacked else "none",
            "groupWidth": 0.7,
            "barWidth": 0.9,
            "legend": {
                "showLegend": True,
                "displayMode": "list",
                "placement": "bottom",
                "calcs": [],
            },
            "tooltip": {"mode": "multi", "sort": "none"},
        },
        defaults={"min": 0, "custom": {"axisPlacement": "auto", "fillOpacity": 80, "lineWidth": 0}},
    )


def timeseries(signal: Signal) -> Panel:
    """The signal over the board's range; `n` and the like keep an axis of their own unit."""
    panel = _styled(
        signal,
        "timeseries",
        options={
            "legend": {
                "showLegend": True,
                "displayMode": "list",
                "placement": "bottom",
                "calcs": [],
            },
            "tooltip": {"mode": "multi", "sort": "none"},
        },
        defaults={
            "min": 0,
            "custom": {
                "drawStyle": "line",
                "lineInterpolation": "linear",
                "lineWidth": 1,
                "fillOpacity": 8,
                "showPoints": "auto",
                "spanNulls": False,
                "axisPlacement": "auto",
            },
        },
    )
    panel["interval"] = MIN_INTERVAL[signal.source]
    return panel


def table(
    signal: Signal,
    *,
    keys: Mapping[str, str] = BY_GROUP,
    sort: Sequence[str] = (),
    descending: bool = False,
) -> Panel:
    """The signal as rows. Prometheus' rows are joined on the labels `keys`: label -> column.

    `sort`: columns, ascending unless `descending`; SQL sorts its rows itself.
    """
    panel = _styled(
        signal,
        "table",
        options={
            "showHeader": True,
            "footer": {"show": False, "reducer": ["sum"], "countRows": False, "fields": ""},
            "sortBy": [{"displayName": column, "desc": descending} for column in sort],
        },
        defaults={"custom": {"align": "auto", "displayMode": "auto", "filterable": True}},
    )
    if signal.source is Source.PROMETHEUS:
        panel["transformations"] = _joined(signal, keys)
    return panel


def _joined(signal: Signal, keys: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
    values = {f"Value #{_ref(n)}": query.name for n, query in enumerate(signal.queries)}
    if len(signal.queries) == 1:  # then Grafana leaves the letter out
        values["Value"] = signal.queries[0].name
    order = [*keys, *values]
    return [
        {"id": "merge", "options": {}},
        {
            "id": "organize",
            "options": {
                "excludeByName": {"Time": True},
                "indexByName": {name: place for place, name in enumerate(order)},
                "renameByName": {**keys, **values},
            },
        },
    ]


def _styled(
    signal: Signal,
    kind: str,
    *,
    options: Mapping[str, Any],
    defaults: Mapping[str, Any] | None = None,
) -> Panel:
    own = _properties(signal.fields.get("", Field(unit=signal.unit)))
    return {
        "type": kind,
        "title": signal.title,
        "description": signal.description,
        "datasource": datasource(signal.source),
        "targets": [_target(query, _ref(n), kind) for n, query in enumerate(signal.queries)],
        "fieldConfig": {
            "defaults": {
                "noValue": signal.empty,
                "color": {
                    "mode": "palette-classic"
                    if kind in ("timeseries", "barchart")
                    else "thresholds"
                },
                "mappings": [],
                "thresholds": _steps(Field()),
                **own,
                **(defaults or {}),
            },
            "overrides": [
                {
                    "matcher": {"id": "byName", "options": name},
                    "properties": [
                        {"id": id_, "value": value}
                        for id_, value in {
                            **_properties(shown),
                            **_drawn(shown, signal, kind),
                        }.items()
                    ],
                }
                for name, shown in signal.fields.items()
                if name
            ],
        },
        "options": dict(options),
    }


def _properties(shown: Field) -> dict[str, Any]:
    """What a field's declaration says, as Grafana's field options."""
    found: dict[str, Any] = {"unit": shown.unit.value}
    if shown.decimals is not None:
        found["decimals"] = shown.decimals
    if shown.empty:
        found["noValue"] = shown.empty
    if shown.words:
        texts = {value: {"text": text} for value, text in shown.words.items()}
        found["mappings"] = [{"type": "value", "options": texts}]
    if shown.limit is not None:
        found["thresholds"] = _steps(shown)
    if shown.link:
        found["links"] = [{"title": "Show more of it", "url": shown.link, "targetBlank": False}]
    return found


def _drawn(shown: Field, signal: Signal, kind: str) -> dict[str, Any]:
    """What only one kind of panel needs of a field."""
    found: dict[str, Any] = {}
    if kind == "table":
        found["noValue"] = shown.empty or NOTHING
        if shown.limit is not None:
            found["custom.displayMode"] = "color-text"
        if shown.look is Look.HEAT:
            found |= {"custom.displayMode": "color-background", "color": HEAT, "min": 0}
            if shown.unit is Unit.RATIO:  # else the deepest is the table's largest number, as n
                found["max"] = 1
    if kind in ("stat", "timeseries", "barchart") and shown.look is Look.PAST:
        found["color"] = {"mode": "fixed", "fixedColor": MUTED}
    if kind == "timeseries":
        if shown.look is Look.PAST:
            found["custom.lineStyle"] = {"fill": "dash", "dash": [8, 6]}
            found["custom.fillOpacity"] = 0
        if shown.unit is not signal.unit:
            found["custom.axisPlacement"] = "right"
            found["custom.fillOpacity"] = 0
    if kind == "barchart" and shown.unit not in (signal.unit, Unit.TEXT):
        found["custom.axisPlacement"] = "right"
    return found


def _steps(shown: Field) -> Mapping[str, Any]:
    if shown.limit is None:
        steps: list[dict[str, Any]] = [{"color": "text", "value": None}]
    else:
        good = "text" if shown.calm else GOOD
        low, high = (BAD, good) if shown.look is Look.FALL_IS_BAD else (good, BAD)
        steps = [{"color": low, "value": None}, {"color": high, "value": shown.limit}]
    return {"mode": "absolute", "steps": steps}


def _target(query: Query, ref: str, kind: str) -> Mapping[str, Any]:
    ranged = kind == "timeseries"
    if query.source is Source.CLICKHOUSE:
        return {
            "datasource": datasource(query.source),
            "editorType": "sql",
            "queryType": "timeseries" if ranged else "table",
            "format": 0 if ranged else 1,
            "rawSql": query.text,
            "refId": ref,
            "pluginVersion": CLICKHOUSE_PLUGIN,
            "meta": {},
        }
    return {
        "datasource": datasource(query.source),
        "editorMode": "code",
        "expr": query.text,
        "legendFormat": query.name,
        "range": ranged,
        "instant": not ranged,
        "format": "table" if kind == "table" else "time_series",
        "refId": ref,
    }


def _ref(number: int) -> str:
    """A, B, ... Z: a panel has no more queries."""
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number]
