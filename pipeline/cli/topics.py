"""`pulse topics`: create, list and check the Kafka topics."""

from __future__ import annotations

import typer

from pipeline.cli.output import Json, err, out, print_rows
from pipeline.settings import load_settings
from sinks.topics import HOW_TO_MEND, TopicState, create_topics, list_topics, topic_faults

app = typer.Typer(no_args_is_help=True, help="Create, list and check the Kafka topics.")


@app.command()
def create(as_json: Json = False) -> None:
    """Create the topics that are missing; leave the others as they are."""
    kafka = load_settings().kafka
    created = create_topics(kafka)
    rows = [{"topic": state.name, "created": state.name in created} for state in list_topics(kafka)]
    print_rows("Topics", rows, as_json=as_json)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the topics as the broker has them."""
    rows = [_shown(state) for state in list_topics(load_settings().kafka)]
    print_rows("Topics", rows, as_json=as_json)


@app.command()
def check(as_json: Json = False) -> None:
    """Fail, naming everything, unless each topic is as it must be."""
    kafka = load_settings().kafka
    faults = [{"topic": topic, "fault": fault} for topic, fault in topic_faults(kafka)]
    if faults or as_json:
        print_rows("Faults", faults, as_json=as_json)
    else:
        out.print("All topics are as they must be.")
    if faults:
        err.print(HOW_TO_MEND, soft_wrap=True)
        raise typer.Exit(1)


def _shown(state: TopicState) -> dict[str, object]:
    return {
        "topic": state.name,
        "partitions": state.partitions,
        "replication": state.replication,
        "retention_ms": state.configs.get("retention.ms", ""),
        "timestamps": state.configs.get("message.timestamp.type", ""),
    }
