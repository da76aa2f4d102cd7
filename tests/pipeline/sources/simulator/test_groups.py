import pytest

from pipeline.errors import UsageError
from pipeline.sources.simulator.groups import Plan, chance, numbers


def plan(**changed: object) -> Plan:
    return Plan(**{"seed": 1, "origin_ms": 0, **changed})  # type: ignore[arg-type]


def test_sizes_lie_on_a_logarithmic_scale() -> None:
    sizes = [plan(groups=3).members(group) for group in range(3)]
    assert sizes == [20, 200, 2_000]


def test_the_default_is_24_groups_of_20_to_2000() -> None:
    sizes = [plan().members(group) for group in range(24)]
    assert (len(sizes), min(sizes), max(sizes)) == (24, 20, 2_000)
    assert sizes == sorted(sizes)


def test_a_single_group_is_the_largest() -> None:
    assert plan(groups=1).members(0) == 2_000


@pytest.mark.parametrize(
    "changed",
    [
        {"groups": 0},
        {"smallest": 0},
        {"smallest": 30, "largest": 20},
        {"seed": -1},
        {"origin_ms": 1},
        {"opening_weeks": 0},
    ],
)
def test_an_impossible_plan_is_refused(changed: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        plan(**changed)


@pytest.mark.parametrize(
    ("seed", "stream", "key"), [(2, "chat", (1, 2)), (1, "order", (1, 2)), (1, "chat", (12,))]
)
def test_streams_of_chance_are_told_apart(seed: int, stream: str, key: tuple[int, ...]) -> None:
    here, there = plan(), plan(seed=seed)
    assert numbers(here, "chat", 1, 2).random() != numbers(there, stream, *key).random()
    assert chance(here, "chat", 1, 2).random() != chance(there, stream, *key).random()


def test_a_stream_begins_anew_each_time() -> None:
    assert numbers(plan(), "chat", 1).random() == numbers(plan(), "chat", 1).random()
