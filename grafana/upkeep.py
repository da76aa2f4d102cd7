"""Whether the store is kept as it should be: what the audits found, how far the rollup is."""

from __future__ import annotations

from grafana.quality import NOW_MS, wall
from grafana.signals import Field, Look, Signal, Unit, sql
from pipeline.core.signals import DAY_MS

CHECKS = Signal(
    id="audit_checks",
    title="Checks of the latest audit",
    description="What each check looked at, how much of it was not as it should be, and what it "
    "could not look at. An audit runs each PULSE_AUDIT_MINUTES, and with `pulse audit`.",
    unit=Unit.COUNT,
    queries=(
        sql(
            f"""\
SELECT
    check AS `check`,
    argMax(mismatches, finished_ms) AS `mismatches`,
    argMax(looked_at, finished_ms) AS `n`,
    argMax(unit, finished_ms) AS `of`,
    argMax(note, finished_ms) AS `not looked at`,
    argMax(seconds, finished_ms) AS `took`,
    {wall("max(finished_ms)")} AS `done`,
    countIf(audits.mismatches > 0) AS `audits with mismatches`,
    count() AS `audits`
FROM v_audit AS audits
GROUP BY check
ORDER BY `mismatches` DESC, check"""
        ),
    ),
    fields={
        "mismatches": Field(look=Look.RISE_IS_BAD, limit=1),
        **{name: Field(unit=Unit.TEXT) for name in ("check", "of", "not looked at")},
        "took": Field(unit=Unit.SECONDS),
        "done": Field(unit=Unit.TIME),
    },
    empty="No audit yet",
)

WRONG_ROWS = Signal(
    id="audit_rows",
    title="What the audits found",
    description="The newest 20 results with mismatches: where the first of them lie and what is "
    "wrong, as JSON. The runbook's CommunityAuditMismatch says what to do.",
    unit=Unit.TEXT,
    queries=(
        sql(
            f"""\
SELECT
    {wall("finished_ms")} AS `done`,
    check AS `check`,
    mismatches AS `mismatches`,
    rows AS `first of them`
FROM v_audit
WHERE mismatches > 0
ORDER BY finished_ms DESC, check
LIMIT 20"""
        ),
    ),
    fields={"done": Field(unit=Unit.TIME), "mismatches": Field()},
    empty="Every audit found all as it should be",
)

ROLLED_UP = Signal(
    id="rollup_now",
    title="Rollup",
    description="Event time since the end of the newest day that is rolled up (up to a day and a "
    "little while all is well), since the rollup last computed anything, and windows in which "
    "facts came later than it did (each waits for its turn).",
    unit=Unit.SECONDS,
    queries=(
        sql(
            f"""\
SELECT
    if(count() = 0, NULL,
        ({NOW_MS} - maxIf(window_start_ms, `window` = 'D') - {DAY_MS}) / 1000) AS `day ended`,
    if(count() = 0, NULL, ({NOW_MS} - max(asof_ms)) / 1000) AS `computed`,
    count() AS `windows`
FROM v_rollup_window"""
        ),
    ),
    fields={"windows": Field()},
    empty="The rollup has not run",
)

WINDOWS = Signal(
    id="rollup_windows",
    title="Windows of the rollup",
    description="By period: how many windows are computed, the newest of them, when (event time), "
    "how many values it has, and the time that one takes, in the middle and at the most.",
    unit=Unit.COUNT,
    queries=(
        sql(
            f"""\
SELECT
    transform(`window`, ['D', 'W', 'M', 'Q', 'Y', 'A'],
        ['day', 'week', 'month', 'quarter', 'year', 'from the beginning'], `window`) AS `period`,
    count() AS `windows`,
    {wall("max(window_start_ms)")} AS `newest starts`,
    {wall("max(asof_ms)")} AS `computed`,
    argMax(`values`, window_start_ms) AS `values of the newest`,
    quantileExact(0.5)(seconds) AS `takes`,
    max(seconds) AS `at most`
FROM v_rollup_window
GROUP BY `window`
ORDER BY max(window_start_ms) DESC, `window`"""
        ),
    ),
    fields={
        "period": Field(unit=Unit.TEXT),
        "newest starts": Field(unit=Unit.TIME),
        "computed": Field(unit=Unit.TIME),
        "takes": Field(unit=Unit.SECONDS, decimals=2),
        "at most": Field(unit=Unit.SECONDS, decimals=2),
    },
    empty="The rollup has not run",
)

STAGED = Signal(
    id="staged_builds",
    title="Staged tables",
    description="Memberships and paid orders are built anew as a whole once their facts changed: "
    "the newest build, up to when facts are in it (event time), and how many builds there were.",
    unit=Unit.COUNT,
    queries=(
        sql(
            f"""\
SELECT
    name AS `table`,
    max(generation) AS `build`,
    {wall("max(asof_ms)")} AS `facts up to`,
    ({NOW_MS} - max(asof_ms)) / 1000 AS `age`,
    count() AS `builds`
FROM v_staged_build
GROUP BY name
ORDER BY name"""
        ),
    ),
    fields={
        "table": Field(unit=Unit.TEXT),
        "build": Field(unit=Unit.TEXT),
        "facts up to": Field(unit=Unit.TIME),
        "age": Field(unit=Unit.SECONDS),
    },
    empty="Nothing was built yet",
)
