"""The night that the page plays is what the product would do and say."""

import dataclasses

import pytest

from landing import scene
from pricing import Limits, decide
from stores.services.prices.explain import sentence, steps
from tests.pricing import market
from tests.pricing.test_economics import KETTLE, economics

LIMITS = Limits(scene.FLOOR, scene.CEILING)
BY_STEP = market.plan("undercut", {"tenge": scene.STEP})


@pytest.mark.parametrize(
    ("ours", "rival", "price", "rules"),
    [
        (scene.OURS, scene.CHEAPER, scene.LOWERED, ["undercut"]),
        (scene.LOWERED, scene.UNDER_FLOOR, scene.RAISED, ["under_my_floor", "undercut"]),
    ],
    ids=["the rival lowers his price", "the rival goes under the floor"],
)
def test_the_engine_decides_so(ours: int, rival: int, price: int, rules: list[str]) -> None:
    situation = market.situation({"rival": rival, "other": scene.OTHER}, price=ours, limits=LIMITS, plan=BY_STEP)
    decision = decide(situation)
    assert (decision.price, [step.rule for step in decision.steps]) == (price, rules)


def test_its_sentences_are_those_of_the_product() -> None:
    told = [moment.text for moment in scene.scene()]
    move = str(sentence.MOVES["undercut"]) % {"seen": "14\u202f490"}
    assert told[1] == f"14\u202f980 → 14\u202f480 ₸: {move}."
    assert str(steps.LEFT_OUT["under_my_floor"]) in scene.scene()[4].remark


def test_a_sale_leaves_what_the_fees_leave() -> None:
    kettle = economics()
    assert (kettle.profit(scene.LOWERED), kettle.profit(scene.RAISED)) == (scene.LEFT_LOWERED, scene.LEFT_RAISED)


def test_the_table_of_sales_is_that_of_the_calculator() -> None:
    assert dataclasses.asdict(KETTLE) | {"cost": 9_500, "packaging": 150, "weight_g": 2_000} == dataclasses.asdict(
        KETTLE
    )
    kettle = economics()
    for sale in scene.SALES:
        sheet = kettle.costs(sale.price)
        assert (sheet.commission, sheet.delivery, sheet.tax, sheet.profit) == (
            sale.commission,
            sale.delivery,
            sale.tax,
            sale.left,
        )
