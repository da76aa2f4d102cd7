"""Which metrics tell how a community of each kind is doing, and those that hold for every kind.

A set names metrics rather than ids, as an id may have several numbers of which one is meant (of D08
the forward rate, not the count). Order is that in which a board shows them, the first the most
telling. Readers are boards and the gauges of a type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.metric import Metric
from pipeline.errors import CatalogError

_BY_NAME = {metric.name: metric for metric in CATALOGUE}


@dataclass(frozen=True, kw_only=True)
class TypeSet:
    """An indicator set: `metrics` by name. `asks`: what its communities are run for, a question.

    `groups`: condition on columns of v_dim_group of the groups that it is for; '' = whichever
    are chosen, as reference data does not say it.
    """

    key: str
    title: str
    zh: str
    asks: str
    names: tuple[str, ...]
    groups: str = ""

    def __post_init__(self) -> None:
        unknown = [name for name in self.names if name not in _BY_NAME]
        if unknown or len(set(self.names)) != len(self.names):
            raise CatalogError(
                f"A set names each metric of the catalogue once; unknown: {unknown}",
                where=self.key,
            )

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Its metrics, in its order."""
        return tuple(_BY_NAME[name] for name in self.names)

    @property
    def ids(self) -> tuple[str, ...]:
        """Their ids, each once."""
        return tuple(dict.fromkeys(metric.id for metric in self.metrics))


def _of_type(key: str, title: str, zh: str, asks: str, *names: str) -> TypeSet:
    groups = f"community_type = '{key}'"
    return TypeSet(key=key, title=title, zh=zh, asks=asks, names=names, groups=groups)


COMMUNITY_SETS: tuple[TypeSet, ...] = (
    _of_type(
        "conversion",
        "Conversion communities",
        "转化型社群",
        "Do members buy, and buy again?",
        *("repurchase_rate", "conversion_rate", "average_order_value", "click_rate"),
    ),
    _of_type(
        "content",
        "Content communities",
        "内容型社群",
        "Is what is published talked about, passed on and liked?",
        *("daily_active_rate", "forward_rate", "like_rate"),
    ),
    _of_type(
        "service",
        "Service communities",
        "服务型社群",
        "Do members stay, and are they helped soon and well?",
        *("retention_rate_d7", "retention_rate_d1", "retention_rate_d30"),
        *("complaint_rate", "positive_review_rate"),
        *("first_response_time", "first_response_time_p90"),
    ),
    _of_type(
        "learning",
        "Learning communities",
        "学习型社群",
        "Do learners take part, get on, and put it to use?",
        *("checkin_rate", "learning_progress_rate", "course_completion_rate"),
        *("community_best_state_topics", "community_best_state_questions"),
        *("community_best_state_forwards", "community_best_state_content"),
        *("checkin_count", "checkin_time_distribution", "peak_checkin_hour"),
        *("course_feedback_score", "learner_output_count", "training_camp_funnel"),
        *("knowledge_application_rate", "top_learner_ranking"),
        *("participation_breadth", "effective_message_ratio"),
    ),
    _of_type(
        "forum",
        "Forums and community sites",
        "社区",
        "Do people register, post well, answer, and come back?",
        *("daily_active_rate", "dau", "wau", "mau"),
        *("post_count", "post_quality_rate", "reply_count", "platform_registration_count"),
    ),
)
"""One for each community_type that a group may have."""

PURPOSE_SETS: tuple[TypeSet, ...] = (
    TypeSet(
        key="acquisition_service",
        title="Acquisition groups and their service groups",
        zh="引流群与服务群",
        asks="Do newcomers come, move on to a service group, stay and renew?",
        names=(
            *("new_member_count", "moments_share_count", "inquiry_user_count"),
            *("group_transfer_rate", "retention_rate_d7", "renewal_rate"),
        ),
    ),
    TypeSet(
        key="project",
        title="Project-driven groups",
        zh="项目驱动型社群",
        asks="What do they put out, and how good is it? They have no scored KPI.",
        names=("post_count", "post_quality_rate", "learner_output_count"),
        groups="is_project_driven = 1",
    ),
    TypeSet(
        key="product",
        title="Groups of a product or a service business",
        zh="产品型与服务型企业的社群",
        asks="Do buyers stay connected, and members know each other?",
        names=(
            *("post_purchase_connection_rate", "cross_coverage_degree", "strong_tie_ratio"),
            *("weak_to_strong_rate", "off_group_reachable_ratio"),
        ),
    ),
    TypeSet(
        key="business_side",
        title="Groups of business clients",
        zh="B端社群",
        asks="Does the pool of reachable clients grow, convert in its long cycle, and hold?",
        names=(
            *("private_traffic_pool_size", "conversion_rate", "brand_exposure_count"),
            *("conversion_cycle_days", "stickiness"),
        ),
        groups="side = 'b'",
    ),
)
"""Chosen by what a group is for rather than by its type."""

QUALITY_SET = TypeSet(
    key="quality",
    title="Quality of any community",
    zh="社群质量的五个数据指标",
    asks="Are members active, do they take part, and do they buy?",
    names=(
        *("daily_active_rate", "activity_index", "conversion_rate"),
        *("activity_participation_rate", "arpu", "average_order_value"),
    ),
)
"""The five figures that hold for every type."""

SETS: tuple[TypeSet, ...] = (*COMMUNITY_SETS, *PURPOSE_SETS, QUALITY_SET)

TYPE_SETS: Mapping[str, tuple[str, ...]] = MappingProxyType({one.key: one.ids for one in SETS})
"""Key of a set -> ids of its metrics. The first keys are those of dim_group.community_type."""
