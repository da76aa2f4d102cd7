from pipeline.counted import counted


def test_one_is_singular_and_all_else_plural() -> None:
    assert [counted(count, "row") for count in (0, 1, 2_000)] == ["0 rows", "1 row", "2,000 rows"]
    assert counted(2, "day of a partition", "days of partitions") == "2 days of partitions"
