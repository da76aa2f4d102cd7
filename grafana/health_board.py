"""Community / Data quality: is what the boards show true, and will it stay so?"""

from __future__ import annotations

from grafana import health, quality, trust, upkeep
from grafana.boards import Board, Placed, Row
from grafana.panels import bargauge, stat, table, timeseries

HEALTH = Board(
    uid="community-health",
    title="Community / Data quality and pipeline health",
    description="Whether what the boards show is true, and whether it will stay so: does the "
    "pipeline keep up, do its sources live, what was refused, late or sent twice, what did the "
    "audits find, and where do facts contradict themselves.",
    tags=("community", "health"),
    modern=True,
    rows=(
        Row(
            "Is it true now?",
            [
                Placed(stat(signal), 4, 5)
                for signal in (
                    health.CAUGHT_UP_NOW,
                    trust.OLDEST,
                    trust.SILENT_SOURCES,
                    trust.REFUSED,
                    trust.AUDITED,
                    upkeep.ROLLED_UP,
                )
            ],
        ),
        Row(
            "Does the pipeline keep up, and will it?",
            (
                Placed(timeseries(health.LAG), 8, 7),
                Placed(timeseries(health.LAG_AGE), 8, 7),
                Placed(timeseries(health.BUSY), 8, 7),
            ),
        ),
        Row(
            "Do the sources live, and what do they send?",
            (
                Placed(bargauge(health.HEARTBEATS), 8, 7),
                Placed(bargauge(trust.LAST_EVENTS), 8, 7),
                Placed(timeseries(health.OUTCOMES), 8, 7),
                Placed(table(quality.LATE), 24, 7),
            ),
        ),
        Row(
            "What was refused, sent twice, or odd",
            (
                Placed(bargauge(health.REJECTED), 8, 7),
                Placed(timeseries(trust.REPEATED), 8, 7),
                Placed(bargauge(trust.ODDITIES), 8, 7),
                Placed(table(quality.REASONS), 24, 7),
            ),
        ),
        Row(
            "What the audits found",
            (
                Placed(table(upkeep.CHECKS), 16, 8),
                Placed(timeseries(trust.AUDITS), 8, 8),
            ),
        ),
        Row(
            "Where the rollup is",
            (
                Placed(table(upkeep.WINDOWS), 24, 7),
                Placed(table(upkeep.STAGED), 24, 5),
            ),
            collapsed=True,
        ),
        Row(
            "Do facts contradict themselves or the reference data?",
            (
                Placed(table(quality.CONTRADICTED), 24, 9),
                Placed(table(quality.ODD_GROUPS), 12, 9),
                Placed(table(quality.DRIFT), 12, 9),
            ),
            collapsed=True,
        ),
        Row(
            "Dead letters and wrong rows, one by one",
            (
                Placed(table(health.LETTERS), 24, 9),
                Placed(table(upkeep.WRONG_ROWS), 24, 7),
            ),
            collapsed=True,
        ),
        Row(
            "Room: workers, store, labels, clock",
            (
                Placed(timeseries(health.COMMITS), 8, 7),
                Placed(timeseries(trust.INSERTS), 8, 7),
                Placed(timeseries(trust.BATCHES), 8, 7),
                Placed(stat(health.ERRORS), 8, 5),
                Placed(stat(trust.OVERFLOW), 8, 5),
                Placed(stat(health.RATE_OF_CLOCK), 8, 5),
            ),
            collapsed=True,
        ),
    ),
)
