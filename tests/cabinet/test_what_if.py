"""The pages of what-ifs: asked, waited for, answered in words, and the way from the answer to the rule."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from cabinet.presenters.what_if import NUMBERS
from stores.models import Membership, PricingRule, Product, Replay, Store
from stores.services.prices.replay import work
from tests import cast
from tests.cabinet.pages import text_at
from users.models import User

pytestmark = pytest.mark.django_db
RIVAL = "30200001"
NOW: dict[str, str] = {"period": "1", "with_preorder": "on"}


def address(store: Store, rest: str = "") -> str:
    return f"/cabinet/stores/{store.pk}/what-if/{rest}"


def page_of(replay: Replay) -> str:
    return f"/cabinet/replays/{replay.pk}/"


@pytest.fixture
def kettle(store: Store) -> Product:
    """A kettle whose card is on record: the rival came at 9,500."""
    made = cast.product(store)
    Product.everything.filter(pk=made.pk).update(category_code="Kettles")
    cast.see(cast.city_price(made).market, {store.merchant_id: 10_000, RIVAL: 9_500})
    return made


@pytest.fixture
def rule(store: Store, kettle: Product) -> PricingRule:
    plan = {"parameters": {"tenge": 100}, "smallest_move": 50}
    return cast.rule(store, "Kettles", strategy="undercut", step=5, plan=plan, is_on=False)


def ask(browser: Client, store: Store, **typed: str) -> Replay:
    answer = browser.post(address(store, "ask/"), NOW | typed)
    assert answer.status_code == 302, answer.context["form"].errors
    replay = Replay.everything.latest("pk")
    assert answer.headers["Location"] == page_of(replay)
    return replay


def ask_about(browser: Client, rule: PricingRule) -> Replay:
    """The form as a rule fills it in, sent as it is shown."""
    form = browser.get(address(rule.store, f"?rule={rule.pk}")).context["form"]
    shown = {name: form[name].value() for name in ("strategy", "step", "category_code", "undercut-tenge")}
    return ask(browser, rule.store, smallest_move=str(form["smallest_move"].value()), **shown)


def finish(replay: Replay) -> None:
    assert work.run_next()
    replay.refresh_from_db()
    assert replay.state == Replay.State.DONE


# --- Asking -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("period", "days"), [("1", 1), ("3", 3), ("7", 7)])
def test_a_period_ends_now(store: Store, seller: User, browser_of_seller: Client, period: str, days: int) -> None:
    replay = ask(browser_of_seller, store, period=period)
    assert replay.ends_at - replay.begins_at == timedelta(days=days)
    assert timezone.now() - replay.ends_at < timedelta(minutes=1)
    assert (replay.strategy, replay.plan, replay.step, replay.category_code) == ("", {}, None, "")
    assert replay.asked_by == seller


def test_moments_are_those_of_almaty(store: Store, browser_of_seller: Client) -> None:
    replay = ask(browser_of_seller, store, period="dates", begins_at="2026-03-01T09:00", ends_at="2026-03-02T09:00")
    almaty = [timezone.localtime(moment).isoformat() for moment in (replay.begins_at, replay.ends_at)]
    assert almaty == ["2026-03-01T09:00:00+05:00", "2026-03-02T09:00:00+05:00"]


def test_a_rule_fills_the_form_in(rule: PricingRule, browser_of_seller: Client) -> None:
    text = text_at(browser_of_seller, address(rule.store, f"?rule={rule.pk}"))
    assert f"What would “{rule.name}” have done?" in text
    replay = ask_about(browser_of_seller, rule)
    assert (replay.strategy, replay.plan, replay.step) == (rule.strategy, rule.plan, rule.step)
    assert replay.category_code == "Kettles"


@pytest.mark.parametrize("named", ["999999", "x", "", "9" * 30, "१"])
def test_a_rule_that_is_not_there_fills_in_nothing(store: Store, browser_of_seller: Client, named: str) -> None:
    assert "What would have happened?" in text_at(browser_of_seller, address(store, f"?rule={named}"))


def test_a_strangers_rule_fills_in_nothing(store: Store, strangers_store: Store, browser_of_seller: Client) -> None:
    foreign = cast.rule(strangers_store, name=cast.STRANGE, is_on=False)
    text = text_at(browser_of_seller, address(store, f"?rule={foreign.pk}"))
    assert "What would have happened?" in text
    assert cast.STRANGE not in text


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ({"period": "century"}, "period"),
        ({"period": "dates"}, "begins_at"),
        ({"period": "dates", "begins_at": "2026-03-01T09:00"}, "ends_at"),
        ({"period": "dates", "begins_at": "2026-03-02T09:00", "ends_at": "2026-03-01T09:00"}, "begins_at"),
        ({"period": "dates", "begins_at": "2026-03-02T09:00", "ends_at": "2999-03-01T09:00"}, "begins_at"),
        ({"category_code": "Submarines"}, "category_code"),
        ({"strategy": "by_rule"}, "strategy"),
        ({"strategy": "fixed"}, "fixed-price"),
        ({"step": "12.000"}, "step"),
        ({"smallest_move": "50"}, "strategy"),
    ],
)
def test_what_cannot_be_asked_is_said_at_its_field(
    store: Store, browser_of_seller: Client, typed: dict[str, str], at: str
) -> None:
    answer = browser_of_seller.post(address(store, "ask/"), NOW | typed)
    assert answer.status_code == 200
    assert at in answer.context["form"].errors
    assert not Replay.everything.exists()


def test_a_fourth_open_question_is_refused(store: Store, browser_of_seller: Client) -> None:
    for _ in range(3):
        ask(browser_of_seller, store)
    answer = browser_of_seller.post(address(store, "ask/"), NOW)
    assert 'role="alert"' in answer.content.decode()
    assert Replay.everything.count() == 3


def test_a_viewer_may_ask_and_may_not_switch(rule: PricingRule, assistant: User) -> None:
    browser = Client()
    browser.force_login(assistant)
    replay = ask_about(browser, rule)
    finish(replay)
    assert "Look at the rule" in text_at(browser, page_of(replay))
    assert 'name="is_on"' not in browser.get(page_of(replay)).content.decode()
    Membership.everything.filter(user=assistant).update(role=Membership.Role.MANAGER)
    assert 'name="is_on"' in browser.get(page_of(replay)).content.decode()


# --- Waiting ----------------------------------------------------------------------------------------------------------


def test_a_page_asks_again_while_the_answer_is_to_come(store: Store, browser_of_seller: Client) -> None:
    replay = ask(browser_of_seller, store)
    again = {address(store): f'hx-get="{address(store)}"', page_of(replay): f'hx-get="{page_of(replay)}"'}
    for path, trigger in again.items():
        assert trigger in browser_of_seller.get(path).content.decode()
    Replay.everything.update(state="running", done=1, total=4)
    assert "Running 25 %" in text_at(browser_of_seller, address(store))
    Replay.everything.update(state="waiting")
    finish(replay)
    for path in again:
        assert "hx-trigger" not in browser_of_seller.get(path).content.decode()


def test_what_is_fetched_again_is_a_part_of_the_page(store: Store, browser_of_seller: Client) -> None:
    replay = ask(browser_of_seller, store)
    for path, part in ((address(store), 'id="replays"'), (page_of(replay), 'id="replay"')):
        answer = browser_of_seller.get(path, headers={"HX-Request": "true"})
        assert part in answer.content.decode()
        assert "<html" not in answer.content.decode()
        assert "HX-Request" in answer.headers["Vary"]


def test_one_that_failed_says_so(store: Store, browser_of_seller: Client) -> None:
    replay = ask(browser_of_seller, store)
    Replay.everything.update(state="failed")
    assert "It could not be answered." in text_at(browser_of_seller, page_of(replay))


# --- The answer -------------------------------------------------------------------------------------------------------


def told(**values: Any) -> dict[str, Any]:
    usual = {"changes": 4, "worst_half_hour": 2, "average": 10_000, "place": 2.0, "first_place": 0.5}
    return usual | {"top_three": 1.0, "at_floor": 0.0, "profit": {"average": 500}} | values


@pytest.mark.parametrize(
    ("would", "number", "words", "tone"),
    [
        ({"changes": 9}, 0, "5 more", ""),
        ({"changes": 4}, 0, "the same", ""),
        ({"average": 9_000}, 2, "1\u202f000\u202f₸ less", ""),
        ({"average": None}, 2, "not known", ""),
        ({"place": 1.5}, 3, "0.5 nearer the top", "is-good"),
        ({"place": 3.25}, 3, "1.25 further down", "is-bad"),
        ({"first_place": 0.625}, 4, "12.5 points more", "is-good"),
        ({"top_three": 0.9}, 5, "10 points less", "is-bad"),
        ({"at_floor": 0.2}, 6, "20 points more", "is-bad"),
        ({"profit": {"average": 620}}, 7, "120\u202f₸ more", "is-good"),
        ({"profit": {"average": None}}, 7, "not known", ""),
    ],
)
def test_each_number_is_compared_in_words(would: dict[str, Any], number: int, words: str, tone: str) -> None:
    with override("en"):
        compared = NUMBERS[number].compare(told(**would), told())
    assert (compared.words, compared.tone) == (words, tone)


def test_an_answer_tells_what_would_have_been_beside_what_was(
    store: Store, kettle: Product, browser_of_seller: Client
) -> None:
    replay = ask(browser_of_seller, store, strategy="undercut", step="5")
    finish(replay)
    text = text_at(browser_of_seller, page_of(replay))
    would, was = replay.result["would"], replay.result["was"]
    assert f"Changes spent {would['changes']} {was['changes']}" in text
    assert "The marketplace takes 250 changes in half an hour; rules may spend 200 of them." in text
    assert "Prices whose profit is not known: 1." in text
    assert "Rivals do here what they really did." in text
    page = browser_of_seller.get(page_of(replay)).content.decode()
    assert f'href="/cabinet/products/{kettle.pk}/?city={cast.ALMATY}"' in page


def test_a_product_that_is_gone_is_named_and_leads_nowhere(
    store: Store, kettle: Product, browser_of_seller: Client
) -> None:
    replay = ask(browser_of_seller, store, strategy="undercut", step="5")
    finish(replay)
    kettle.delete()
    assert "SKU-1" in text_at(browser_of_seller, page_of(replay))
    assert "/cabinet/products/" not in browser_of_seller.get(page_of(replay)).content.decode()


def test_from_the_answer_the_rule_is_switched_on(rule: PricingRule, browser_of_seller: Client) -> None:
    replay = ask_about(browser_of_seller, rule)
    finish(replay)
    page = browser_of_seller.get(page_of(replay)).content.decode()
    assert f'action="/cabinet/rules/{rule.pk}/switch/"' in page
    browser_of_seller.post(f"/cabinet/rules/{rule.pk}/switch/", {"version": rule.version, "is_on": "on"})
    rule.refresh_from_db()
    assert rule.is_on
    assert "/switch/" not in browser_of_seller.get(page_of(replay)).content.decode()


@pytest.mark.parametrize("change", [{"step": 6}, {"plan": {}}, {"strategy": "match"}, {"category_code": "Lamps"}])
def test_a_rule_that_says_something_else_by_now_is_not_offered(
    rule: PricingRule, browser_of_seller: Client, change: dict[str, object]
) -> None:
    replay = ask_about(browser_of_seller, rule)
    finish(replay)
    PricingRule.everything.filter(pk=rule.pk).update(**change)
    assert "/switch/" not in browser_of_seller.get(page_of(replay)).content.decode()
