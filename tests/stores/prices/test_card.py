"""The whole card of a price: from rules, people and undo; complete, in words, and true to what is stored."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override
from rest_framework.test import APIClient

import pricing
from pricing import Rule
from stores.models import (
    CityPrice,
    Competitor,
    CompetitorProductMonitoring,
    CompetitorStore,
    Product,
    ProductPriceUpdate,
    Store,
)
from stores.services.prices import answers, gate, gateway
from stores.services.prices.decide import decide_markets
from stores.services.prices.explain import (
    HOLDS,
    LEFT_OUT,
    MOVES,
    REMARKS,
    Explanation,
    ProfitLine,
    explain,
    explanation_of,
    tell_steps,
)
from stores.services.prices.explain.guards import FACTS
from stores.services.prices.explain.profit import MISSING
from stores.services.prices.situation import market_of
from stores.services.prices.undo import undo
from stores.services.store import change_store
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
ME = "30125007"
State = ProductPriceUpdate.State
CODE = re.compile(r"[a-z]+_[a-z_]+|%\(")


@pytest.fixture
def row(store: Store) -> CityPrice:
    return cast.city_price(cast.product(store, step=10))


def decide(
    row: CityPrice, offers: dict[str, int], strategy: str = "undercut", plan: dict[str, Any] | None = None
) -> ProductPriceUpdate:
    """The update that one look at these offers leads to."""
    Product.everything.filter(pk=row.product_id).update(strategy=strategy, plan=plan or {})
    recorded = cast.see(row.market, {ME: row.price} | offers)
    decide_markets(recorded.market_ids)
    return ProductPriceUpdate.everything.latest("pk")


def befriend(store: Store, merchant_id: str) -> None:
    friend, _ = CompetitorStore.objects.get_or_create(
        merchant_id=merchant_id, defaults={"name": "Rival friend", "first_seen_at": timezone.now()}
    )
    Competitor.everything.create(store=store, competitor_store=friend, stance=Competitor.Stance.PARTNER)


def words_of(told: Explanation) -> list[str]:
    """Every text of it."""
    texts = [told.sentence, told.decider, told.city, told.hold_text]
    texts += [step.text for step in told.steps]
    texts += [offer.left_out_text for offer in told.offers]
    texts += [word for guard in told.guards for word in (guard.name, guard.text)]
    texts += [stage.name for stage in told.progress]
    if told.profit is not None:
        texts += [told.profit.missing_text, *(line.name for line in told.profit.lines)]
    return texts


# --- Every code has words ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", list(Rule))
def test_every_rule_of_the_engine_has_one_text(rule: Rule) -> None:
    assert [rule in table for table in (MOVES, LEFT_OUT, REMARKS)].count(True) == 1
    (told,) = tell_steps([{"rule": rule.value, "price": 9_499, "merchant_id": "a", "seen": 9_500}], {"a": "Алма"})
    assert CODE.search(told.text) is None
    assert told.text.endswith(".")


def test_no_text_is_for_a_rule_that_nobody_knows() -> None:
    assert {*LEFT_OUT, *REMARKS} | set(MOVES) - {"person", "undo"} == set(Rule)


def test_every_reason_of_the_gate_has_its_words() -> None:
    assert {code for code, _ in gate.CONDITIONS} <= set(HOLDS)
    assert {code for _, codes in FACTS.values() for code in codes} <= set(HOLDS)


@pytest.mark.parametrize(
    ("step", "text"),
    [
        ({"rule": "undercut", "price": 9_499, "merchant_id": "a", "seen": 9_500}, ["9 499 ₸: ", "9 500 ₸", "Алма"]),
        ({"rule": "alone", "price": 12_000}, ["12 000 ₸: "]),
        ({"rule": "person"}, ["Set by hand."]),
        ({"rule": "low_rating", "merchant_id": "b", "seen": 9_100}, ["b, 9 100 ₸, does not count: the rating"]),
        ({"rule": "scheduled", "seen": 8 * 60}, ["Mon 08:00: "]),
        ({"rule": "quiet_hours", "seen": 6 * 1440 + 23 * 60 + 5}, ["Sun 23:05: "]),
        ({"rule": "cool_down", "price": 10_000, "seen": 61}, ["2 min ago"]),
        ({"rule": "war_reaction", "merchant_id": "a", "seen": 600}, ["Алма answers within 10 min."]),
        ({"rule": "war", "merchant_id": "a", "seen": 1_250}, ["with Алма: 1 250 ₸ down"]),
        ({"rule": "small_move", "price": 10_000, "seen": 9_990}, ["9 990 ₸"]),
        ({"rule": "out_of_stock", "seen": 0}, ["Nothing is in stock"]),
        ({"rule": "stale"}, [HOLDS["stale"]]),
        ({"rule": "not_invented_yet"}, ["A newer rule (not_invented_yet)."]),
    ],
)
def test_a_step_is_a_sentence_with_its_own_units(step: dict[str, Any], text: list[str]) -> None:
    with override("en"):
        (told,) = tell_steps([step], {"a": "Алма"})
        assert [part for part in text if str(part) not in told.text.replace("\u202f", " ")] == []


# --- Real decisions ---------------------------------------------------------------------------------------------------

NIGHT = [{"start": 0, "end": 10_080}]
DECISIONS: list[tuple[str, dict[str, Any], dict[str, int], int, list[str]]] = [
    ("undercut", {}, {"a": 9_500, "b": 11_000}, 9_490, ["undercut"]),
    ("undercut", {"parameters": {"basis_points": 100}}, {"a": 9_500}, 9_405, ["undercut"]),
    ("nine_ending", {}, {"a": 9_850}, 9_799, ["undercut"]),
    ("match", {}, {"a": 9_500}, 9_500, ["match"]),
    ("hold_place", {"parameters": {"place": 2}}, {"a": 9_500, "b": 9_800}, 9_790, ["place"]),
    ("follow_second", {}, {"a": 9_500, "b": 9_800}, 9_800, ["second"]),
    ("stay_above", {"parameters": {"tenge": 200}}, {"a": 9_500}, 9_700, ["premium"]),
    ("fixed", {"parameters": {"price": 11_000}}, {"a": 9_500}, 11_000, ["fixed"]),
    ("undercut", {}, {"a": 7_000, "b": 9_000}, 8_990, ["under_my_floor", "undercut"]),
    ("undercut", {}, {"a": 7_000}, 8_000, ["under_my_floor", "floor"]),
    ("undercut", {}, {"a": 9_500, "b": 1_000}, 9_490, ["outlier", "undercut"]),
    ("undercut", {}, {"a": 9_500, "friend": 9_000}, 9_490, ["not_a_rival", "undercut"]),
    ("undercut", {}, {}, 12_000, ["alone"]),
    ("undercut", {"conditions": {"lowest_rating": 4.9}}, {"a": 9_500}, 12_000, ["low_rating", "alone"]),
    ("undercut", {"conditions": {"fewest_reviews": 11}}, {"a": 9_500}, 12_000, ["few_reviews", "alone"]),
    (
        "undercut",
        {"schedule": [{"hours": NIGHT[0], "strategy": {"name": "match"}}]},
        {"a": 9_500},
        9_500,
        ["scheduled", "match"],
    ),
    ("undercut", {"low_stock": {"at_most": 5}}, {"a": 9_500}, 10_100, ["undercut", "low_stock"]),
]


@pytest.mark.parametrize(("strategy", "plan", "offers", "price", "rules"), DECISIONS)
def test_a_decision_replays_to_its_price_and_its_card_names_every_offer(
    row: CityPrice,
    store: Store,
    strategy: str,
    plan: dict[str, Any],
    offers: dict[str, int],
    price: int,
    rules: list[str],
) -> None:
    befriend(store, "friend")
    update = decide(row, offers, strategy, plan)
    replayed = pricing.decide(pricing.Situation.from_stored(update.why["situation"]))
    assert (update.new_price, replayed.price) == (price, price)
    told = explanation_of(update)
    assert [step.rule for step in told.steps] == rules
    seen = {offer.merchant_id: (offer.name, offer.price, offer.is_ours) for offer in told.offers}
    expected = {merchant: (f"Rival {merchant}", asked, False) for merchant, asked in offers.items()}
    assert seen == expected | {ME: (f"Rival {ME}", 10_000, True)}
    assert {offer.left_out for offer in told.offers} - {""} == set(rules) & set(LEFT_OUT)
    assert all(bool(offer.left_out) == bool(offer.left_out_text) for offer in told.offers)


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
@pytest.mark.parametrize(("strategy", "plan", "offers", "price", "rules"), DECISIONS[:1] + DECISIONS[8:])
def test_a_card_speaks_in_words_in_each_language(
    row: CityPrice,
    store: Store,
    strategy: str,
    plan: dict[str, Any],
    offers: dict[str, int],
    price: int,
    rules: list[str],
    language: str,
) -> None:
    befriend(store, "friend")
    update = decide(row, offers, strategy, plan)
    with override(language):
        texts = words_of(explanation_of(update))
    assert [text for text in texts if CODE.search(text)] == []
    assert all(text == str(text).strip() for text in texts)


def test_the_offers_stand_as_the_marketplace_had_them(row: CityPrice) -> None:
    update = decide(row, {"b": 11_000, "a": 9_500})
    told = explanation_of(update)
    assert [(offer.place, offer.merchant_id) for offer in told.offers] == [(1, "a"), (2, ME), (3, "b")]
    assert (told.offers[0].rating, told.offers[0].reviews, told.offers[0].preorder_days) == (4.5, 10, 0)
    assert told.offers[0].delivery_days is None


def test_it_says_when_the_market_was_read_and_how_old_that_was(row: CityPrice) -> None:
    update = decide(row, {"a": 9_500})
    update.why["situation"]["age_seconds"] = 90.5
    told = explanation_of(update)
    assert told.age_seconds == 90
    assert told.looked_at == update.created_at - timedelta(seconds=90.5)


def test_a_war_is_told_with_names_and_minutes(row: CityPrice) -> None:
    def happened(merchant_id: str, price: int, minutes_ago: int) -> None:
        merchant, _ = CompetitorStore.objects.get_or_create(
            merchant_id=merchant_id, defaults={"name": f"Rival {merchant_id}", "first_seen_at": timezone.now()}
        )
        CompetitorProductMonitoring.objects.create(
            market=market_of(row),
            competitor_store=merchant,
            kind="moved",
            price_before=price + 100,
            price_after=price,
            seen_at=timezone.now() - timedelta(minutes=minutes_ago),
        )

    for number in range(8):
        happened("a" if number % 2 else ME, 10_750 - 100 * number, minutes_ago=80 - 10 * number)
    # The truce steps up from what buyers see.
    update = decide(row, {"a": 9_900}, plan={"truce": {"answer": "step_up", "step_up": 50}})
    with override("en"):
        texts = [step.text.replace("\u202f", " ") for step in explanation_of(update).steps]
    assert "A price war with Rival a: 850 ₸ down already." in texts
    assert "Rival a answers within 10 min." in texts
    assert texts[-1].startswith("10 050 ₸: a price war is on")


# --- Who decided ------------------------------------------------------------------------------------------------------


def test_a_rule_is_called_by_its_strategy(row: CityPrice) -> None:
    told = explanation_of(decide(row, {"a": 9_500}, "match"))
    with override("en"):
        assert (told.origin, str(Product.Strategy.MATCH.label)) == ("rule", "Ask what the cheapest rival asks")
        assert explanation_of(ProductPriceUpdate.everything.get()).decider == "Ask what the cheapest rival asks"
    assert (told.engine, told.build, told.answered_by) == (pricing.ENGINE_VERSION, settings.BUILD, "")
    assert (told.limits.floor, told.limits.ceiling, told.limits.step) == (8_000, 12_000, 10)


def test_who_said_yes_is_named(row: CityPrice, store: Store, seller: User) -> None:
    change_store(store, {"mode": Store.Mode.ASK}, seller)
    told = explanation_of(answers.approve(decide(row, {"a": 9_500}), seller))
    assert (told.origin, told.answered_by) == ("rule", "Әлия")


def test_a_persons_price_has_a_name_and_no_market(row: CityPrice, seller: User) -> None:
    why = {"steps": [{"rule": "person"}]}
    told = explanation_of(gateway.send(gateway.Intent(row.pk, 9_000, row.version, why=why, actor=seller)))
    assert (told.origin, told.decider) == ("person", "Әлия")
    assert (told.offers, told.looked_at, told.age_seconds, told.profit, told.engine) == ((), None, None, None, "")
    assert [step.rule for step in told.steps] == ["person"]
    assert told.limits.step is None


def test_an_undo_is_told_as_one(row: CityPrice, seller: User) -> None:
    told = explanation_of(undo(decide(row, {"a": 9_500}), seller))
    assert (told.origin, told.decider, [step.rule for step in told.steps]) == ("undo", "Әлия", ["undo"])


def test_a_row_from_before_any_of_this_is_told(row: CityPrice, store: Store) -> None:
    update = ProductPriceUpdate(
        store=store,
        product=row.product,
        city_price=row,
        city_id=row.city_id,
        origin="rule",
        state=State.HELD,
        hold_code="stale",
        old_price=10_000,
        new_price=9_499,
    )
    update.save()
    told = explanation_of(update)
    assert (told.steps, told.guards, told.offers, told.profit) == ((), (), (), None)
    assert told.sentence == explain(update)
    assert CODE.search(told.decider) is None


# --- Guards, profit, progress -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "code", "reasons"),
    [(7_999, "under_floor", ["floor"]), (12_001, "over_ceiling", ["ceiling"]), (9_499, "", [])],
)
def test_the_guards_say_what_they_knew_and_which_one_held(
    row: CityPrice, price: int, code: str, reasons: list[str]
) -> None:
    intent = gateway.Intent(row.pk, price, row.version, looked_at=timezone.now(), shown=10_000)
    told = explanation_of(gateway.send(intent))
    guards = {guard.code: (guard.value, guard.text.replace("\u202f", " ")) for guard in told.guards}
    assert (told.hold_code, [guard.code for guard in told.guards if guard.is_reason]) == (code, reasons)
    assert list(guards) == list(FACTS)
    assert guards["floor"] == (8_000, "8 000 ₸")
    assert guards["highest_of_day"] == guards["confirmed"] == guards["current"] == (10_000, "10 000 ₸")
    assert guards["market_median"] == (None, "–")
    assert guards["changes_in_half_hour"][0] == 0


@pytest.mark.parametrize(("language", "text"), [("en", "spent 12 of 250"), ("ru", "12"), ("kk", "12")])
def test_the_budget_is_told_as_spent(row: CityPrice, language: str, text: str) -> None:
    update = decide(row, {"a": 9_500})
    update.why["gate"] |= {"changes_in_half_hour": 12, "changes_per_half_hour": 250}
    with override(language):
        told = {guard.code: guard.text for guard in explanation_of(update).guards}
        assert text in told["changes_in_half_hour"]


def test_what_is_missing_for_the_profit_is_said(row: CityPrice) -> None:
    told = explanation_of(decide(row, {"a": 9_500})).profit
    assert (told.old, told.new, told.change, told.missing) == (None, None, None, "weight")
    assert told.missing_text == MISSING["weight"]
    assert (told.lines, told.codes) == ((), ())


def test_the_profit_is_told_line_by_line_where_it_was_stored(row: CityPrice) -> None:
    update = decide(row, {"a": 9_500})
    old = {"price": 15_000, "purchase": 9_500, "commission": 1_875, "profit": 1_750}
    update.why["profit"] = {
        "old": 1_750,
        "new": None,
        "missing": "delivery",
        "lines": {"old": old, "new": None},
        "codes": [["commission", "c-1"]],
    }
    with override("en"):
        told = explanation_of(update).profit
    assert [line.code for line in told.lines] == ["price", "purchase", "commission", "profit"]
    assert told.lines[2] == ProfitLine("commission", "Commission", 1_875, None)
    assert (told.change, told.codes) == (None, (("commission", "c-1"),))
    update.why["profit"] |= {"new": 1_159, "missing": ""}
    assert (explanation_of(update).profit.change, explanation_of(update).profit.missing_text) == (-591, "")


def test_the_progress_has_a_moment_for_each_stage_that_was_reached(row: CityPrice) -> None:
    update = decide(row, {"a": 9_500})
    told = {stage.stage: stage.at for stage in explanation_of(update).progress}
    assert list(told) == ["created", "approved", "published", "pulled", "seen"]
    assert told["approved"] == update.approved_at
    assert told["seen"] is None


# --- Over the API -----------------------------------------------------------------------------------------------------


def test_the_card_comes_with_one_change_and_not_with_a_list(row: CityPrice, api: APIClient) -> None:
    update = decide(row, {"a": 9_500})
    seen = api.get(f"/api/price-updates/{update.pk}/").json()["card"]
    assert seen["sentence"] == explain(update)
    assert [offer["name"] for offer in seen["offers"]] == ["Rival a", f"Rival {ME}"]
    assert [step["rule"] for step in seen["steps"]] == ["undercut"]
    assert seen["limits"] == {"floor": 8_000, "ceiling": 12_000, "step": 10}
    assert datetime.fromisoformat(seen["looked_at"]) <= update.created_at
    assert [guard["code"] for guard in seen["guards"]] == list(FACTS)
    assert set(seen) == set(Explanation.__dataclass_fields__)
    assert "card" not in api.get("/api/price-updates/").json()["results"][0]


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_the_card_speaks_the_language_of_the_request(row: CityPrice, api: APIClient, language: str) -> None:
    update = decide(row, {"a": 9_500})
    seen = api.get(f"/api/price-updates/{update.pk}/", headers={"Accept-Language": language}).json()["card"]
    with override(language):
        assert seen["steps"][0]["text"] == explanation_of(update).steps[0].text
        assert seen["decider"] == str(Product.Strategy.UNDERCUT.label)


@pytest.mark.parametrize("rivals", [1, 40])
def test_a_card_costs_one_query_however_many_offers(
    row: CityPrice, django_assert_num_queries: Callable[[int], Any], rivals: int
) -> None:
    decide(row, {f"r{number}": 9_500 + number for number in range(rivals)})
    update = ProductPriceUpdate.everything.select_related("actor").get()
    with CaptureQueriesContext(connection) as queries:
        told = explanation_of(update)
    assert (len(queries), len(told.offers)) == (1, rivals + 1)
