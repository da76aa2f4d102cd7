"""Importer of a roster: who is in which group already, so that counting starts from the truth.

CSV with a header: group_id, user_id, and if known joined_at (RFC 3339) and actor_role. Every row
is a join with join_method=import, which opens a membership and counts as no join.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pydantic import TypeAdapter, ValidationError

from pipeline.pseudonym import Pseudonyms
from pipeline.sources.csv_lines import BadLine, Header
from pipeline.sources.identity import derive_event_id
from pipeline.sources.importing import Found, Item, Skipped
from pipeline.sources.sink import LineRejection
from schemas.envelope import ActorRole
from schemas.event_type import EventType
from schemas.fields import Instant
from schemas.membership import Join, JoinMethod
from schemas.rejection import Reason

SOURCE = "roster"
REQUIRED = ("group_id", "user_id")
COLUMNS = (*REQUIRED, "joined_at", "actor_role")

_INSTANT: TypeAdapter[int] = TypeAdapter(Instant)


def roster_items(
    lines: Iterable[bytes], file: str, pseudonyms: Pseudonyms, *, platform: str, at_ms: int
) -> Iterator[Item]:
    """A join for each row, at its joined_at, or at `at_ms` where the row has none.

    Raises WrongHeader.
    """
    header: Header | None = None
    for number, raw in enumerate(lines, start=1):
        try:
            if not raw.strip():
                yield Skipped("blank")
            elif header is None:
                header = Header(raw, REQUIRED, where=f"{file}:{number}", known=COLUMNS)
                yield Skipped("header")
            else:
                yield Found(_join(header.row(raw, COLUMNS), pseudonyms, platform, at_ms))
        except BadLine as error:
            line = raw.rstrip(b"\r\n")
            yield LineRejection(SOURCE, file, number, Reason.BAD_LINE, str(error), line)
    if header is None:
        Header(b"", REQUIRED, where=file, known=COLUMNS)


def _join(row: Sequence[str], pseudonyms: Pseudonyms, platform: str, at_ms: int) -> Join:
    group_id, person, joined_at, role = row
    if not person:
        raise BadLine("user_id is empty")
    try:
        joined_ms = _INSTANT.validate_python(joined_at) if joined_at else at_ms
        user_id = pseudonyms.of(platform, person)
        return Join(
            event_time=joined_ms,
            event_id=derive_event_id(SOURCE, EventType.JOIN, f"{group_id} {user_id} {joined_ms}"),
            group_id=group_id,
            user_id=user_id,
            actor_role=ActorRole(role or ActorRole.MEMBER),
            source=SOURCE,
            key_id=pseudonyms.key_id,
            join_method=JoinMethod.IMPORT,
        )
    except ValidationError as error:
        fields = ", ".join(
            str(fault["loc"][0]) if fault["loc"] else "joined_at" for fault in error.errors()
        )
        raise BadLine(f"{fields} has a value that it cannot have") from error
    except ValueError as error:
        raise BadLine("actor_role is none of member, staff, bot, system") from error
