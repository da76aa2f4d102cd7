"""`pulse pseudonym`: under which name a person is in topics, tables and answers."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.output import Json, out, print_json
from pipeline.errors import UsageError
from pipeline.pseudonym import load_pseudonyms
from pipeline.settings import load_settings


def command(
    person: Annotated[
        str, typer.Argument(metavar="ID", help="The person's id, as its source has it.")
    ],
    platform: Annotated[
        str, typer.Option("--platform", help="Where it is known by this id, as at the import.")
    ] = "community",
    *,
    as_json: Json = False,
) -> None:
    """Print the pseudonym of a person's id under this installation's key.

    The other way round there is none: to find a person's events, ask for their pseudonym.
    """
    if not person.strip():
        raise UsageError("The id is empty", where="ID", remedy="Give the person's id.")
    pseudonyms = load_pseudonyms(load_settings())
    pseudonym = pseudonyms.of(platform, person)
    if as_json:
        told = {"pseudonym": pseudonym, "platform": platform, "key_id": pseudonyms.key_id}
        print_json(told)
    else:
        out.print(pseudonym)
