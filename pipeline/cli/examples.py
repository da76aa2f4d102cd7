"""Examples of every command, shown at the end of its help; a test holds each to be a real call."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "": (
        "pulse config check",
        "pulse up",
        'pulse sql "SELECT * FROM v_now"',
        "pulse doctor",
    ),
    "config show": ("pulse config show", "pulse config show --json"),
    "config check": ("pulse config check",),
    "topics create": ("pulse topics create",),
    "topics list": ("pulse topics list --json",),
    "topics check": ("pulse topics check",),
    "migrate up": ("pulse migrate up",),
    "migrate status": ("pulse migrate status --json",),
    "doctor": ("pulse doctor", "pulse doctor --json"),
    "up": ("pulse up", "pulse up --log-level warning --json"),
    "worker": ("pulse worker",),
    "rollup": (
        "pulse rollup",
        "pulse rollup --day 2026-11-01",
        "pulse rollup --since 2026-01-01 --until 2026-02-01 --json",
    ),
    "bridge": (
        "pulse bridge",
        "pulse bridge --check",
        "pulse bridge --test",
        "pulse bridge --dry-run",
    ),
    "import irc": ("pulse import irc --shift", "pulse import irc logs.tar.gz --group '#readers'"),
    "import slack": (
        "pulse import slack export.zip",
        "pulse import slack export.zip --check-rosters --dry-run",
    ),
    "import orders": ("pulse import orders sales.csv.gz --no-mapping --dry-run",),
    "import roster": ("pulse import roster members.csv --at 2026-11-01T00:00:00Z",),
    "import jsonl": ("pulse import jsonl events.jsonl", "my-bot | pulse import jsonl -"),
    "dims load": (
        "pulse dims load reference --check",
        "pulse dims load dim_group.csv staff.xlsx --prune",
    ),
    "dims list": ("pulse dims list", "pulse dims list dim_group"),
    "dims template": (
        "pulse dims template reference",
        "pulse dims template reference dim_group dim_channel --format xlsx",
    ),
    "dims check": ("pulse dims check", "pulse dims check --since 90d --json"),
    "simulate": ("pulse simulate --scenario drop", "pulse simulate --history-only --weeks 2"),
    "schema export": ("pulse schema export --out contract",),
    "schema validate": ("pulse schema validate events.jsonl",),
    "pseudonym": ("pulse pseudonym alice", "pulse pseudonym alice --platform irc --json"),
    "sql": (
        'pulse sql "SELECT group_id, sum(messages) AS n FROM v_group_minute GROUP BY group_id"',
        "pulse sql --list",
        "pulse sql daily_active --param since=7d --param group=readers-7 --out answer.xlsx",
        "pulse sql --file question.sql --format parquet --out answer.parquet",
    ),
    "metrics list": ("pulse metrics list --family A", "pulse metrics list --json"),
    "metrics show": ("pulse metrics show C06", "pulse metrics show daily_active_rate"),
    "metrics explain": (
        "pulse metrics explain C06 --group g1 --day 2026-01-31",
        "pulse metrics explain C06 --grain O --period M --day 2026-01-31 --json",
    ),
    "metrics coverage": ("pulse metrics coverage",),
    "alerts show": ("pulse alerts show", "pulse alerts show --metric C06 --json"),
    "alerts set": (
        "pulse alerts set C06.slow.4w.threshold=0.4",
        "pulse alerts set --type service A19.day.4_before.threshold=0.3",
        "pulse alerts set --group readers-7 C06.slow.4w.min_sample=20",
    ),
    "alerts quiet": (
        "pulse alerts quiet 22:00-08:00",
        "pulse alerts quiet 00:00-24:00 --day sunday --severity warning --severity critical",
        "pulse alerts quiet none",
    ),
    "alerts render": ("pulse alerts render --to /etc/community-pulse",),
    "incidents list": (
        "pulse incidents list",
        "pulse incidents list --since 7d --metric C06 --status firing --json",
    ),
    "incidents show": ("pulse incidents show 3f9c21", "pulse incidents show 3f9c21 --lang zh"),
    "incidents review": (
        'pulse incidents review 3f9c21 --cause "Gift hunters left" --action "Change the poster"',
        "pulse incidents review 3f9c21 --due 2026-12-01 --close",
    ),
    "alerts backtest": (
        "pulse alerts backtest --since 90d",
        "pulse alerts backtest --since 30d --metric C06 --metric timely_response_rate",
        "pulse alerts backtest --since 2026-01-01 --until 2026-04-01 --group g1 --strict --json",
    ),
    "board": (
        "pulse board --list",
        "pulse board overview --html overview.html --prometheus http://127.0.0.1:9090",
        "pulse board overview --html overview.html --from now-24h --group readers-7 --language zh",
    ),
    "dashboards build": ("pulse dashboards build --out boards --language zh",),
    "dashboards lint": ("pulse dashboards lint", "pulse dashboards lint my-board.json"),
    "dashboards diff": ("pulse dashboards diff",),
    "dashboards push": ("pulse dashboards push", "pulse dashboards push --language zh"),
    "dlq list": ("pulse dlq list --since 2h", "pulse dlq list --reason misrouted --json"),
    "dlq show": ("pulse dlq show community.chat/3/1042",),
    "dlq replay": ("pulse dlq replay --reason foreign_currency --dry-run",),
    "audit": ("pulse audit", "pulse audit --since 24h --check windows --check holes"),
    "rebuild windows": (
        "pulse rebuild windows --from 2026-11-01 --to 2026-11-02 --dry-run",
        "pulse rebuild windows --from 7d --to 0m",
    ),
    "replay": (
        "pulse replay --reset-to earliest --dry-run",
        "pulse replay --reset-to 2026-11-01T00:00:00Z --yes",
    ),
    "retention plan": ("pulse retention plan",),
    "retention apply": ("pulse retention apply --yes",),
}
"""By the words after `pulse`; the empty key is the tour's."""


def epilog(command: str) -> str:
    """The end of a command's help; empty if it has no examples."""
    lines = EXAMPLES.get(command, ())
    shown = "\n".join(f"  {line}".replace("[", r"\[") for line in lines)
    return f"[bold]Examples[/]\n\n{shown}" if lines else ""
