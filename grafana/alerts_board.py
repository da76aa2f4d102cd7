"""Community / Alerts: what fires, what fired, and could the alerts have told?"""

from __future__ import annotations

from grafana import alarms, incidents
from grafana.boards import Board, Placed, Row
from grafana.panels import bargauge, stat, table, timeseries

ALERTS = Board(
    uid="community-alerts",
    title="Community / Alerts and incidents",
    description="What fires now and since when, what fired before and for how long, which groups "
    "are most often in alarm, and whether the alerts could have told: silence of a group that is "
    "too small, or without a past, says nothing.",
    tags=("community", "alerts"),
    modern=True,
    rows=(
        Row(
            "What fires now?",
            (
                *(
                    Placed(stat(signal), 5, 5)
                    for signal in (
                        alarms.CRITICAL,
                        alarms.WARNING,
                        alarms.ABOUT_TO_FIRE,
                        alarms.GROUPS_IN_ALARM,
                    )
                ),
                Placed(stat(alarms.WATCHDOG), 4, 5),
                Placed(table(alarms.NOW, keys=alarms.LABELS, sort=("severity", "for")), 24, 9),
            ),
        ),
        Row(
            "Why did it fall?",
            (
                Placed(stat(incidents.COUNTED), 6, 9),
                Placed(table(incidents.CAUSES), 18, 9),
                Placed(table(incidents.INCIDENTS), 24, 10),
            ),
        ),
        Row(
            "What fired before?",
            (
                Placed(timeseries(alarms.HISTORY), 24, 8),
                Placed(bargauge(alarms.TIME_FIRING), 12, 9),
                Placed(table(alarms.MOST_ALARMS), 12, 9),
            ),
        ),
        Row(
            "Could the alerts tell?",
            (
                Placed(table(alarms.COULD_TELL, keys={"rule": "rule"}, sort=("rule",)), 14, 10),
                Placed(timeseries(alarms.JUDGED), 10, 10),
            ),
        ),
    ),
)
