"""A timer for each reply: good for few, hopeless for many, as it is drawn in the chart."""

from tests.benchmarks import timer


def test_a_timer_each_is_fine_for_few_and_hangs_for_many() -> None:
    few, many = timer.measured(5), timer.measured(20)

    assert (few.exact, few.refused) == (5, 0)
    assert few.p95 < 1.2
    assert many.refused > 0
    assert many.p95 > 30
