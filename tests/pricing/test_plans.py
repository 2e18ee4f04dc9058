"""Hours, strategies by name, and plans and situations that come back from storage as they were."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pricing import (
    STRATEGIES,
    Answer,
    Conditions,
    Hours,
    Limits,
    LowStock,
    Move,
    Offer,
    Plan,
    Situation,
    Slot,
    SlowSales,
    Strategy,
    Truce,
    UnknownVersionError,
    daily,
    decide,
    make_strategy,
    read_plan,
    write_plan,
)
from pricing.strategies import register
from pricing.strategies.match import Match
from tests.pricing.market import situation

EVERYTHING = Plan(
    strategy=make_strategy("hold_place", place=2),
    conditions=Conditions(4.5, 10, 3, with_preorder=False),
    schedule=(Slot(Hours(0, 600), make_strategy("undercut", tenge=5)),),
    working_hours=daily(540, 1_260),
    after_hours=make_strategy("fixed", price=11_000),
    quiet_hours=daily(120, 300),
    low_stock=LowStock(2, 50),
    slow_sales=SlowSales(1, 300),
    smallest_move=20,
    cool_down_seconds=900.0,
    truce=Truce(Answer.RESET, sleep_hours=daily(1_380, 420)),
)


@pytest.mark.parametrize(
    ("hours", "minute", "is_inside"),
    [
        (Hours(60, 120), 59, False),
        (Hours(60, 120), 60, True),
        (Hours(60, 120), 119, True),
        (Hours(60, 120), 120, False),
        (Hours(10_000, 60), 10_079, True),
        (Hours(10_000, 60), 59, True),
        (Hours(10_000, 60), 60, False),
        (Hours(10_000, 60), 9_999, False),
        (Hours(0, 10_080), 10_079, True),
        (Hours(60, 60), 59, True),
        (Hours(60, 60), 60, True),
    ],
)
def test_a_window_of_the_week(hours: Hours, minute: int, is_inside: bool) -> None:
    assert (minute in hours) is is_inside


def test_the_same_hours_on_several_days() -> None:
    assert daily(540, 1_260, days=(0, 6)) == (Hours(540, 1_260), Hours(9_180, 9_900))
    assert daily(1_380, 420, days=(6,)) == (Hours(10_020, 420),)
    assert sum(minute in hours for hours in daily(0, 0) for minute in range(10_080)) == 10_080


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (10_080, 5), (0, 10_081), (0, -1)])
def test_no_window_outside_of_the_week(start: int, end: int) -> None:
    with pytest.raises(ValueError, match=r"^a week has 10,080 minutes$"):
        Hours(start, end)


def test_every_strategy_is_known_by_its_name() -> None:
    assert set(STRATEGIES) == {
        "undercut",
        "match",
        "hold_place",
        "follow_second",
        "stay_above",
        "margin_target",
        "fixed",
        "manual",
        "nine_ending",
    }


@pytest.mark.parametrize(
    ("name", "parameters", "problem"),
    [
        ("undercut", {"tenge": 0}, "undercut by at least a tenge"),
        ("undercut", {"basis_points": 10_000}, "undercut by less than the whole price"),
        ("undercut", {"basis_points": -1}, "undercut by less than the whole price"),
        ("hold_place", {"place": 0}, "places are counted from one"),
        ("stay_above", {"tenge": 0}, "a premium is more than nothing"),
        ("stay_above", {"basis_points": -1}, "a premium is more than nothing"),
        ("margin_target", {"basis_points": -1}, "the addition is not negative"),
        ("fixed", {"price": 0}, "a price is a whole number of tenge"),
        ("fixed", {"price": True}, "a price is a whole number of tenge"),
        ("fixed", {"price": float("nan")}, "a price is a whole number of tenge"),
        ("nine_ending", {"of": 7}, "of 10, 100 or 1000"),
    ],
)
def test_unfit_parameters_are_refused(name: str, parameters: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{problem}$"):
        make_strategy(name, **parameters)


@pytest.mark.parametrize(
    ("kind", "parameters", "problem"),
    [
        (LowStock, {"at_most": -1}, "a drift goes up"),
        (LowStock, {"at_most": 1, "rise_basis_points": -1}, "a drift goes up"),
        (SlowSales, {"at_most": -1}, "a cut is less than the whole price"),
        (SlowSales, {"at_most": 1, "cut_basis_points": -1}, "a cut is less than the whole price"),
        (SlowSales, {"at_most": 1, "cut_basis_points": 10_000}, "a cut is less than the whole price"),
        (Truce, {"answers": 0}, "a war has answers"),
        (Truce, {"step_up": -1}, "a war has answers"),
    ],
)
def test_unfit_plans_are_refused(kind: Any, parameters: dict[str, int], problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{problem}$"):
        kind(**parameters)


@pytest.mark.parametrize(
    "kind_of",
    [
        lambda: LowStock(0, 0),
        lambda: SlowSales(0, 0),
        lambda: SlowSales(0, 9_999),
        lambda: Truce(answers=1, step_up=0),
        lambda: make_strategy("undercut", tenge=1),
        lambda: make_strategy("undercut", basis_points=9_999),
        lambda: make_strategy("hold_place", place=1),
        lambda: make_strategy("stay_above", tenge=1),
        lambda: make_strategy("margin_target", basis_points=0),
        lambda: make_strategy("fixed", price=1),
        lambda: Hours(0, 0),
        lambda: Hours(10_079, 10_080),
    ],
)
def test_the_smallest_and_the_largest_parameters_are_fit(kind_of: Callable[[], Any]) -> None:
    assert kind_of() == kind_of()


def test_an_unknown_strategy_is_no_strategy() -> None:
    with pytest.raises(KeyError):
        make_strategy("dump_everything")


def test_a_name_belongs_to_one_strategy() -> None:
    with pytest.raises(ValueError, match="two strategies"):
        register(STRATEGIES["undercut"])


def test_a_new_name_is_known_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(STRATEGIES, "match")
    assert register(Match) is Match
    assert STRATEGIES["match"] is Match


def test_the_walk_through_shows_the_real_strategy() -> None:
    root = Path(__file__).parents[2]
    told = (root / "docs/adding-a-strategy.md").read_text(encoding="utf-8")
    assert (root / "pricing/strategies/nine_ending.py").read_text(encoding="utf-8") in told
    assert (root / "tests/pricing/test_nine_ending.py").read_text(encoding="utf-8") in told


def test_a_plan_survives_storage() -> None:
    assert read_plan(json.loads(json.dumps(write_plan(EVERYTHING)))) == EVERYTHING
    assert write_plan(Plan()) == {}
    assert write_plan(Plan(strategy=make_strategy("undercut", tenge=5))) == {
        "strategy": {"name": "undercut", "tenge": 5}
    }


@pytest.mark.parametrize(
    "plan",
    [
        Plan(truce=Truce()),
        Plan(truce=Truce(Answer.STEP_UP)),
        Plan(low_stock=LowStock(2)),
        Plan(slow_sales=SlowSales(1)),
        Plan(conditions=Conditions(most_delivery_days=3)),
    ],
)
def test_a_plan_of_defaults_survives_storage(plan: Plan) -> None:
    assert read_plan(json.loads(json.dumps(write_plan(plan)))) == plan


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_every_strategy_survives_storage(name: str) -> None:
    strategy: Strategy = make_strategy(name, price=5_000) if name == "fixed" else make_strategy(name)
    assert read_plan(write_plan(Plan(strategy=strategy))) == Plan(strategy=strategy)


def test_a_situation_survives_storage_and_decides_the_same() -> None:
    told = situation(
        (Offer("a", 9_800, 4.9, 12, 2, 0), Offer("friend", 9_300)),
        plan=EVERYTHING,
        not_rivals=frozenset({"friend", "x"}),
        age_seconds=12.5,
        minute_of_week=700,
        seconds_since_change=10_000.0,
        recent_median=9_900,
        cost_floor=9_100,
        dead_zones=((10_000, 10_539, 9_999),),
        stock=7,
        is_stock_doubtful=True,
        sold_per_week=3,
        history=(Move("a", 9_800, 60.0), Move("me", 10_000, 120.0, 500, 2)),
    )
    again = Situation.from_stored(json.loads(json.dumps(told.to_stored())))
    assert again == told
    assert decide(again) == decide(told)


def test_what_is_stored_is_plain() -> None:
    """A member of an enumeration looks like its text, but other writers than JSON's trip over it."""
    told = situation({"a": 9_800}, plan=EVERYTHING, not_rivals=frozenset("b"), history=(Move("a", 9_800, 60.0),))
    kinds: set[type] = set()

    def walk(value: Any) -> None:
        kinds.add(type(value))
        for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(each)

    walk(told.to_stored())
    assert kinds == {dict, list, str, int, float, bool}


def test_a_simple_situation_is_stored_small() -> None:
    assert situation({"a": 9_800}).to_stored() == {
        "version": 2,
        "price": 10_000,
        "limits": {"floor": 9_000, "ceiling": 12_000},
        "merchant_id": "me",
        "offers": [{"merchant_id": "me", "price": 10_000}, {"merchant_id": "a", "price": 9_800}],
    }


def test_what_the_first_engine_stored_can_be_read() -> None:
    first = {
        "price": 10_000,
        "limits": {"floor": 9_000, "ceiling": 12_000, "step": 5},
        "merchant_id": "me",
        "offers": [{"merchant_id": "me", "price": 10_000}, {"merchant_id": "a", "price": 9_800}],
        "not_rivals": ["friend"],
        "age_seconds": 3.0,
        "max_age_seconds": 3_600.0,
    }
    told = Situation.from_stored(first)
    assert told.limits == Limits(9_000, 12_000, 5)
    assert decide(told).price == 9_795


@pytest.mark.parametrize("version", [0, 3, "2", None])
def test_other_versions_are_refused(version: object) -> None:
    with pytest.raises(UnknownVersionError, match=f"^situations of version {version!r} cannot be read$"):
        Situation.from_stored({**situation({}).to_stored(), "version": version})
