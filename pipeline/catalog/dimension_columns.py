"""The columns that dimensions are made of: one short word for each kind, and those that recur."""

from __future__ import annotations

from pipeline.catalog.dimension import GRAIN, VALID_FROM, VALID_TO, Column, Kind

COMMUNITY_TYPES = ("conversion", "content", "service", "learning", "forum")

SCOPES = {
    "G": "dim_group",
    "T": "",
    "C": "dim_channel",
    "K": "dim_campaign",
    "S": "dim_staff",
    "P": "dim_product",
    "U": "",
    "O": "",
}
"""Grain code -> the table that lists its scopes; '' = none does."""

PERSONAL_GRAINS = ("S", "U")
"""Grains whose scopes are persons."""


def identifier(
    name: str, comment: str, example: str = "", *, required: bool = False, refers: str = ""
) -> Column:
    """An id; `refers` names the table that must know it."""
    return Column(
        name=name,
        kind=Kind.ID,
        comment=comment,
        example=example,
        required=required,
        refers=refers,
    )


def person(
    name: str, comment: str, example: str = "carol", *, required: bool = False, refers: str = ""
) -> Column:
    """A person, stored as a pseudonym."""
    return Column(
        name=name,
        kind=Kind.PERSON,
        comment=f"{comment}, as a pseudonym",
        example=example,
        required=required,
        refers=refers,
    )


def text(name: str, comment: str, example: str = "", *, required: bool = False) -> Column:
    """Words for people."""
    return Column(name=name, kind=Kind.TEXT, comment=comment, example=example, required=required)


def choice(
    name: str, comment: str, values: tuple[str, ...], example: str, *, required: bool = True
) -> Column:
    """One of a closed list."""
    return Column(
        name=name,
        kind=Kind.CHOICE,
        comment=comment,
        values=values,
        example=example,
        required=required,
    )


def flag(name: str, comment: str, example: str = "no") -> Column:
    """Yes or no; no where nothing is said."""
    return Column(name=name, kind=Kind.FLAG, comment=comment, example=example)


def count(name: str, comment: str, example: str = "", *, required: bool = False) -> Column:
    """A whole number."""
    return Column(name=name, kind=Kind.COUNT, comment=comment, example=example, required=required)


def computed(name: str, kind: Kind, comment: str) -> Column:
    """What follows from other columns."""
    return Column(name=name, kind=kind, comment=comment, computed=True)


def moment(name: str, comment: str, example: str = "", *, absent: str = "unknown") -> Column:
    """A point of time; `absent` says what 0 means."""
    told = f"{comment}, epoch milliseconds; 0 = {absent}"
    return Column(name=name, kind=Kind.MOMENT, comment=told, example=example)


def money(name: str, comment: str, example: str = "") -> Column:
    """An amount in the reporting currency."""
    told = f"{comment}, reporting currency; 0 = unknown"
    return Column(name=name, kind=Kind.MONEY, comment=told, example=example)


def number(name: str, comment: str, example: str = "", *, required: bool = False) -> Column:
    """An exact number."""
    return Column(name=name, kind=Kind.NUMBER, comment=comment, example=example, required=required)


def share(name: str, comment: str, example: str = "") -> Column:
    """An exact number between 0 and 1."""
    return Column(name=name, kind=Kind.SHARE, comment=comment, example=example)


def validity(what: str, example: str) -> tuple[Column, Column]:
    """The two ends of the time in which a row of a history holds."""
    return (
        moment(VALID_FROM, f"When {what} begins", example, absent="always was"),
        moment(VALID_TO, f"When {what} ends, exclusive", absent="still holds"),
    )


def group(comment: str = "The group", *, required: bool = False) -> Column:
    """A group that dim_group lists."""
    return identifier("group_id", comment, "readers-7", required=required, refers="dim_group")


def campaign(comment: str) -> Column:
    """A campaign that dim_campaign lists."""
    return identifier("campaign_id", comment, "autumn-sale", refers="dim_campaign")


def owner(what: str) -> Column:
    """Who of dim_staff is in charge."""
    return person(
        "owner_staff_id", f"Member of staff in charge of {what}", "alice", refers="dim_staff"
    )


def metric(name: str, comment: str, example: str) -> Column:
    """A metric of the catalogue, by its name."""
    return Column(name=name, kind=Kind.METRIC, comment=comment, example=example, required=True)


def scope() -> tuple[Column, Column]:
    """What a KPI or a review is about, in the words of metric_value."""
    return (
        choice(
            GRAIN,
            "Grain code: group, type, channel, campaign, staff, product, member, overall",
            tuple(SCOPES),
            "G",
        ),
        Column(
            name="scope_id",
            kind=Kind.SCOPE,
            comment="Which group, type, ... of the grain; a person as a pseudonym; none = overall",
            example="readers-7",
        ),
    )
