"""Metrics of the catalogue side by side: one row a group, channel, campaign, member of staff ..."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from grafana.catalogued import EMPTY
from grafana.reading import (
    CHOICES,
    SPOKEN,
    closed,
    decimals,
    ended_within,
    has_n,
    meaning,
    metric,
    recent_s,
    unit,
)
from grafana.signals import A_GROUP, Field, Look, Signal, Unit, sql
from pipeline.catalog.vocabulary import Grain
from pipeline.core.calendar import Period

MOST_ROWS = 100


@dataclass(frozen=True)
class Named:
    """What a row of a grain is called, and the SELECT of scope_id and name of all there are."""

    word: str
    names: str = ""


NAMED: Mapping[Grain, Named] = MappingProxyType(
    {
        Grain.GROUP: Named("group", "SELECT group_id AS scope_id, name FROM v_dim_group"),
        Grain.TYPE: Named("community type"),
        Grain.CHANNEL: Named("channel", "SELECT channel_id AS scope_id, name FROM v_dim_channel"),
        Grain.CAMPAIGN: Named(
            "campaign", "SELECT campaign_id AS scope_id, name FROM v_dim_campaign"
        ),
        Grain.STAFF: Named("staff", "SELECT staff_id AS scope_id, role AS name FROM v_dim_staff"),
        Grain.OBJECT: Named(
            "object",
            """\
SELECT product_id AS scope_id, name FROM v_dim_product
        UNION ALL SELECT topic_id, title FROM v_dim_topic
        UNION ALL SELECT content_id, title FROM v_dim_content""",
        ),
    }
)


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """A table of metrics by the scopes of a grain, each as of its last closed window.

    `word`: what a row is, where the grain has several kinds (a topic, a product). `upwards`: the
    least of the first metric first. Groups and channels are those chosen; of other grains there are
    all. `only`: a SELECT of the scopes there may be.
    """

    id: str
    title: str
    grain: Grain
    period: Period
    metrics: Sequence[str]
    word: str = ""
    upwards: bool = False
    note: str = ""
    only: str = ""

    def signal(self) -> Signal:
        """Its signal, for a table."""
        metrics = [metric(name, self.period, self.grain) for name in self.metrics]
        named, spoken = NAMED[self.grain], SPOKEN[self.period]
        row = self.word or named.word
        selected, fields = (
            [],
            {row: A_GROUP if self.grain is Grain.GROUP else Field(unit=Unit.TEXT)},
        )
        if named.names:
            fields["name"] = Field(unit=Unit.TEXT)
        for one in metrics:
            of = f"metric = '{one.name}'"
            selected.append(f"maxIf(value, {of}) AS `{one.words}`")
            fields[one.words] = Field(unit=unit(one), decimals=decimals(one))
            if has_n(one):
                selected.append(f"maxOrNullIf(denominator, {of}) AS `n {one.words}`")
                fields[f"n {one.words}"] = Field(look=Look.PAST)
        first = f"`{metrics[0].words}`"
        columns = ",\n    ".join(selected)
        name = "any(name) AS `name`,\n    " if named.names else ""
        join = (
            f"\nLEFT ANY JOIN (\n    SELECT scope_id, name FROM (\n        {named.names}\n    )"
            "\n) AS named USING (scope_id)"
            if named.names
            else ""
        )
        listed = ", ".join(f"'{name}'" for name in self.metrics)
        since = max(recent_s(one, self.period) for one in metrics)
        rows = (
            f"grain = '{self.grain}' AND metric IN ({listed}) AND slice = ''"
            f"\n    AND {closed(self.period)}"
            f"\n    AND {ended_within(self.period, since)}"
        )
        chosen = f"\n    AND {CHOICES[self.grain]}" if self.grain in CHOICES else ""
        if self.only:
            chosen += f"\n    AND scope_id IN ({self.only})"
        return Signal(
            id=self.id,
            title=f"{self.title}, {spoken.word}",
            description=f"{self.note}{' ' if self.note else ''}One row a {row}, of each metric the "
            f"last closed {spoken.word} by the end of the board's range; n is what a share or mean "
            f"is of. At most {MOST_ROWS} rows. {' '.join(meaning(one) for one in metrics)}",
            unit=unit(metrics[0]),
            queries=(
                sql(
                    f"""\
SELECT
    scope_id AS `{row}`,
    {name}{columns}
FROM v_metric_value{join}
WHERE {rows}{chosen}
    AND (metric, window_start) IN (
        SELECT metric, max(window_start)
        FROM v_metric_value
        WHERE {rows.replace(chr(10), chr(10) + "        ")}
        GROUP BY metric
    )
GROUP BY scope_id
ORDER BY {first} IS NULL, {first}{"" if self.upwards else " DESC"}, `{row}`
LIMIT {MOST_ROWS}"""
                ),
            ),
            fields=fields,
            empty=EMPTY,
        )
