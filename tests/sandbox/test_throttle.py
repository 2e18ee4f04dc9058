import pytest

from sandbox.throttle import Throttle


@pytest.mark.parametrize(
    ("moments", "refused"),
    [
        pytest.param([0, 0, 0], [], id="as many as allowed"),
        pytest.param([0, 0, 0, 0], [0], id="one too many"),
        pytest.param([0, 0.5, 0.9, 1.0], [], id="the first one was a whole second ago"),
        pytest.param([0, 0.5, 0.9, 0.99], [0.99], id="the first one was less than a second ago"),
        pytest.param([0, 0, 0, 0, 5, 9.9, 10], [0, 5, 9.9], id="shut out for the whole time, then let in"),
        pytest.param(
            [0, 0, 0, 0, 9.5, 9.6, 9.7, 10, 19.9], [0, 9.5, 9.6, 9.7, 10, 19.9], id="who goes on is out again"
        ),
        pytest.param([0, 0, 0, 0, 5, 5, 5, 5, 5, 10], [0, 5, 5, 5, 5, 5], id="asking meanwhile makes it no longer"),
    ],
)
def test_three_a_second_or_ten_seconds_outside(moments: list[float], refused: list[float]) -> None:
    throttle = Throttle(per_second=3, seconds=10)
    assert [moment for moment in moments if throttle.refuses("10.0.0.1", moment)] == refused


def test_each_address_has_its_own_measure() -> None:
    throttle = Throttle(per_second=1, seconds=10)
    assert [throttle.refuses("10.0.0.1", 0), throttle.refuses("10.0.0.1", 0)] == [False, True]
    assert throttle.refuses("10.0.0.2", 0) is False
