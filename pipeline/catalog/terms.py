"""What the catalogue leaves to the one who runs a community: days, limits, weights.

No source gives these numbers, so each is a default of this project and a setting
(`PULSE_TERMS__SILENT_DAYS=14`). Each is a parameter of the catalogue's SQL by its name.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Terms(BaseModel):
    """The numbers that definitions need; times in the unit that their name tells."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zombie_days: int = Field(30, ge=1, description="a member this long without trace: zombie")
    silent_days: int = Field(7, ge=1, description="no interaction for this long: silent")
    dormant_days: int = Field(
        60, ge=1, description="a customer this long without order or interaction is dormant"
    )
    new_days: int = Field(30, ge=1, description="this long after the first order: new")
    attribution_days: int = Field(7, ge=1, description="an effect counts this long after its cause")
    channel_days: int = Field(30, ge=1, description="an order counts this long for a channel")
    order_days: int = Field(7, ge=1, description="a click gives its group an order this long")
    transfer_days: int = Field(7, ge=1, description="a buyer is to be in a service group by then")
    welcome_hours: int = Field(24, ge=1, description="a welcome is answered within this")
    offer_days: int = Field(7, ge=1, description="a newcomer's coupon is used within this")
    coupon_days: int = Field(30, ge=1, description="an issued coupon is to be used within this")
    rolling_days: int = Field(90, ge=1, description="window of the repurchase rate")
    connection_days: int = Field(30, ge=1, description="a buyer is to be seen again within this")
    path_days: int = Field(30, ge=1, description="a conversion path begins this long before")
    factor_days: int = Field(7, ge=1, description="behaviour of the first days is a factor")
    renewal_before_days: int = Field(30, ge=0, description="a renewal counts this long before term")
    renewal_after_days: int = Field(7, ge=0, description="and this long after it")
    rfm_days: int = Field(365, ge=1, description="window of recency, frequency and money")
    rfm_recent_days: int = Field(30, ge=1, description="recent, where payers are too few to rank")
    rfm_frequent: int = Field(3, ge=1, description="frequent, where payers are too few to rank")
    rfm_valuable: int = Field(500, ge=1, description="high value, where payers are too few to rank")
    profile_attributes: tuple[str, ...] = Field(
        (
            "job_content",
            "career_need",
            "working_hours",
            "weekend_habits",
            "product_link",
            "wanted_resources",
        ),
        min_length=1,
        description="what a complete profile tells",
    )
    chain_stages: tuple[Literal["acquire", "activate", "retain", "convert"], ...] = Field(
        ("acquire", "activate", "retain", "convert"),
        min_length=1,
        description="stages of the operations chain, in order",
    )
    session_days: int = Field(
        7, ge=1, description="a reply, a solution, a private contact counts this long after"
    )
    sla_seconds: int = Field(300, ge=1, description="a first reply within this is timely")
    good_rating: int = Field(4, ge=1, le=5, description="a review is positive from this rating on")
    value_question: str = Field("value", description="survey question: what it was worth, 1-5")
    expectation_question: str = Field("expectation", description="survey question: what was hoped")
    strong_links: int = Field(2, ge=1, description="ties of a strong relation at least")
    topic_min_participants: int = Field(3, ge=1, description="an active topic has so many members")
    deep_interactions: int = Field(5, ge=1, description="deep: interactions at least")
    deep_active_days: int = Field(3, ge=1, description="deep: days at least")
    activity_weight_count: float = Field(
        0.4, ge=0, description="activity index: interactions; its weights are 1 in all"
    )
    activity_weight_days: float = Field(0.3, ge=0, description="activity index: days with some")
    activity_weight_content: float = Field(0.3, ge=0, description="activity index: kinds of them")
    variant_min_sample: int = Field(30, ge=1, description="variants are ranked from this n on")
    affinity_min_support: float = Field(0.01, gt=0, le=1, description="pairs of products from here")
    overload_per_day: int = Field(50, ge=1, description="sessions and tasks of a staff day at most")
    schedule_tolerance_minutes: int = Field(
        30, ge=0, description="an activity that begins within this is on schedule"
    )
    content_weight_reads: float = Field(
        0.25, ge=0, description="content score: reads; its weights are 1 in all"
    )
    content_weight_likes: float = Field(0.15, ge=0, description="content score: likes")
    content_weight_forwards: float = Field(0.2, ge=0, description="content score: forwards")
    content_weight_favorites: float = Field(0.15, ge=0, description="content score: favorites")
    content_weight_rating: float = Field(0.15, ge=0, description="content score: mean rating")
    content_weight_featured: float = Field(0.1, ge=0, description="content score: featured")
    top_n: int = Field(10, ge=1, le=1_000, description="places of a ranking")
    applied_question: str = Field("applied", description="survey question: was it applied?")
    applied_answer: str = Field("yes", description="its answer that says so")
