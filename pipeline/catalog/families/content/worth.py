"""What content is worth: a score of its reads, reactions and ratings, and the best of it."""

from __future__ import annotations

from pipeline.catalog.families.content.relations import SCORED, G, P
from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import Relation
from pipeline.catalog.value import Script, statistic
from pipeline.catalog.vocabulary import WM, Direction, Kind, Zero
from schemas.event_type import EventType

_OPTIONAL = (EventType.VIEW, EventType.REACTION, EventType.FEEDBACK)

WORTH: tuple[Metric, ...] = (
    Metric(
        id="D11",
        name="content_value_score",
        zh="内容的价值量",
        formula="of the items published or touched in the window: the weighted sum of their percent"
        " ranks ((rank - 1) / (n - 1), ties share the lower one) among the items of their kind by"
        " reads, likes, forwards, favorites, mean rating and featured; of a group the mean",
        unit="score 0-1",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.STATISTIC,
        events=(EventType.PUBLISH,),
        optional=_OPTIONAL,
        grains=(P, G),
        periods=WM,
        value=statistic(
            Relation("item scored", SCORED, (EventType.PUBLISH,), {P: "content_id"}), "avg(score)"
        ),
        note="The weights are the terms content_weight_*. An item belongs to the group in which it"
        " was first published; one that is alone of its kind scores 0.",
    ),
    Metric(
        id="D15",
        name="popular_content_rank",
        zh="受欢迎的内容",
        formula="the first top_n items of the window by content_value_score, then by readers, then"
        " by id: the numerator is the score, the denominator the rank, the slice the item; at"
        " grain P the ranks are overall",
        unit="rank",
        kind=Kind.RESULT,
        direction=Direction.NEITHER,
        zero=Zero.STATISTIC,
        events=(EventType.PUBLISH,),
        optional=_OPTIONAL,
        grains=(G, P),
        periods=WM,
        value=Script(
            f"""
SELECT scope, content_id AS slice, score AS numerator,
    row_number() OVER (
        PARTITION BY if(scope.1 = 'P', '', scope.2)
        ORDER BY score DESC, readers DESC, content_id
    ) AS denominator
FROM (SELECT *, {{scope}} FROM ({SCORED}))
QUALIFY denominator <= %(top_n)s""",
            Zero.STATISTIC,
            {P: "content_id"},
        ),
    ),
)
