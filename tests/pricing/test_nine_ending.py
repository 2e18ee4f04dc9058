"""Under the cheapest, ending in nines."""

import pytest

from pricing import decide
from tests.pricing.market import plan, situation


@pytest.mark.parametrize(
    ("story", "rivals", "of", "expected", "rules"),
    [
        ("hundreds", {"a": 9_850, "b": 9_900}, 100, 9_799, ["undercut"]),
        ("tens", {"a": 9_850}, 10, 9_849, ["undercut"]),
        ("thousands", {"a": 11_850}, 1000, 10_999, ["undercut"]),
        ("a rival who ends in nines himself", {"a": 9_799}, 100, 9_699, ["undercut"]),
        ("he left: up to the next one", {"b": 10_500}, 100, 10_499, ["undercut"]),
        ("he left, and nobody is there", {}, 100, 12_000, ["alone"]),
        ("the nines under him are under the floor", {"a": 9_050}, 100, 9_000, ["under_my_floor", "floor"]),
    ],
)
def test_nine_ending(story: str, rivals: dict[str, int], of: int, expected: int, rules: list[str]) -> None:
    decision = decide(situation(rivals, plan=plan("nine_ending", {"of": of})))
    assert (decision.price, [step.rule for step in decision.steps]) == (expected, rules), story
