"""The pages of rules: made, changed, tried, switched, deleted; and what is refused without a trace."""

import re

import pytest
from django.test import Client

from stores.models import Membership, PricingRule, Product, Store
from stores.services.store import change_store
from tests import cast
from tests.cabinet.filled_in import sent_by
from tests.cabinet.pages import plain, text_at
from users.models import User

pytestmark = pytest.mark.django_db
LAMPS = "Master - Lamps"


@pytest.fixture
def lamps(store: Store) -> list[Product]:
    """Two lamps that leave their price to a rule, and one of another category that does not."""
    for sku, category, strategy in (("L1", LAMPS, "by_rule"), ("L2", LAMPS, "by_rule"), ("K1", "Kettles", "undercut")):
        made = cast.product(store, sku, strategy=strategy)
        Product.everything.filter(pk=made.pk).update(category_code=category)
    return list(Product.everything.filter(category_code=LAMPS))


def list_of(store: Store, rest: str = "") -> str:
    return f"/cabinet/stores/{store.pk}/rules/{rest}"


def page_of(rule: PricingRule, rest: str = "") -> str:
    return f"/cabinet/rules/{rule.pk}/{rest}"


def typed(rule: PricingRule | None = None, **values: str) -> dict[str, str]:
    """What a browser sends of the form as it is shown, with some fields typed over."""
    shown = {"version": "1", "name": "Lamps", "category_code": LAMPS, "step": "1", "strategy": "match"}
    if rule is not None:
        shown |= {"version": str(rule.version), "name": rule.name, "category_code": rule.category_code}
        shown |= {"step": str(rule.step), "strategy": rule.strategy}
    return shown | {"with_preorder": "on"} | values


def facts(rule: PricingRule) -> tuple[str, str, str, int, dict[str, object], bool]:
    rule.refresh_from_db()
    return rule.name, rule.category_code, rule.strategy, rule.step, rule.plan, rule.is_on


# --- What they show ---------------------------------------------------------------------------------------------------


def test_a_rule_is_listed_with_its_strategy_in_words_and_its_products(
    store: Store, lamps: list[Product], browser_of_seller: Client
) -> None:
    plan = {"parameters": {"place": 2}, "cool_down_seconds": 600}
    cast.rule(store, LAMPS, name="Second", strategy="hold_place", plan=plan, step=10)
    cast.rule(store, "", name="The rest", strategy="undercut", plan={"parameters": {"tenge": 1_500}}, is_on=False)
    text = text_at(browser_of_seller, list_of(store))
    assert "The rest The whole store Undercut the cheapest rival By 1 500 ₸ · step 1 ₸ 0 off" in text
    assert f"Second {LAMPS} Hold a place Place 2 · Rest · step 10 ₸ 2 on" in text


def test_without_rules_the_way_to_one_is_told(store: Store, browser_of_seller: Client) -> None:
    text = text_at(browser_of_seller, list_of(store))
    assert "first see what it would have done, then switch it on" in text
    assert list_of(store, "new/") in browser_of_seller.get(list_of(store)).content.decode()


def test_the_form_offers_the_categories_of_the_store(
    store: Store, lamps: list[Product], browser_of_seller: Client
) -> None:
    cast.rule(store, "Discontinued", is_on=False)
    page = browser_of_seller.get(list_of(store, "new/")).content.decode()
    offered = re.findall(r'<option value="([^"]*)"', page.split('name="category_code"')[1].split("</select>")[0])
    assert offered == ["", "Discontinued", "Kettles", LAMPS]
    assert "by_rule" not in re.findall(r'name="strategy" value="(\w+)"', page)


@pytest.mark.parametrize(
    ("mode", "says"),
    [
        ("automatic", "The rules move prices by themselves, within your limits."),
        ("ask", "Each price of a rule waits for your yes."),
    ],
)
def test_the_switch_says_what_it_will_do(
    store: Store, seller: User, lamps: list[Product], browser_of_seller: Client, mode: str, says: str
) -> None:
    change_store(store, {"mode": mode}, seller)
    rule = cast.rule(store, LAMPS, is_on=False)
    text = text_at(browser_of_seller, page_of(rule))
    assert f"Products that will follow it: 2, each within its own floor and ceiling. {says}" in text


def test_the_way_to_try_it_is_offered(store: Store, browser_of_seller: Client) -> None:
    rule = cast.rule(store, is_on=False)
    link = f"/cabinet/stores/{store.pk}/what-if/?rule={rule.pk}"
    for path in (list_of(store), page_of(rule)):
        assert link in browser_of_seller.get(path).content.decode()


# --- What they do -----------------------------------------------------------------------------------------------------


def test_a_new_rule_is_off(store: Store, lamps: list[Product], browser_of_seller: Client) -> None:
    sent = typed(strategy="hold_place", step="25", **{"hold_place-place": "2", "smallest_move": "50"})
    answer = browser_of_seller.post(list_of(store, "create/"), sent)
    made = PricingRule.everything.get()
    assert answer.headers["Location"] == page_of(made)
    plan = {"parameters": {"place": 2}, "smallest_move": 50}
    assert facts(made) == ("Lamps", LAMPS, "hold_place", 25, plan, False)


@pytest.mark.parametrize(
    ("values", "at"),
    [
        ({"name": ""}, "name"),
        ({"category_code": "Submarines"}, "category_code"),
        ({"category_code": ""}, "category_code"),
        ({"step": "12.000"}, "step"),
        ({"strategy": "by_rule"}, "strategy"),
        ({"strategy": "fixed"}, "fixed-price"),
        ({"quiet_from": "23:00"}, "quiet_to"),
    ],
)
def test_what_is_refused_is_said_at_its_field_and_nothing_is_made(
    store: Store, lamps: list[Product], browser_of_seller: Client, values: dict[str, str], at: str
) -> None:
    other = cast.rule(store, "", name="The rest", is_on=False)
    before = facts(other)
    answer = browser_of_seller.post(list_of(store, "create/"), typed(smallest_move="77", **values))
    assert answer.status_code == 200
    assert at in answer.context["form"].errors
    assert 'name="smallest_move" value="77"' in answer.content.decode()
    assert (PricingRule.everything.count(), facts(other)) == (1, before)


def test_a_rule_is_changed(store: Store, lamps: list[Product], browser_of_seller: Client) -> None:
    rule = cast.rule(store, LAMPS)
    answer = browser_of_seller.post(page_of(rule, "edit/"), typed(rule, name="Cheaper", strategy="undercut", step="5"))
    assert answer.headers["Location"] == page_of(rule)
    assert facts(rule) == ("Cheaper", LAMPS, "undercut", 5, {}, True)


def test_a_stale_edit_is_shown_beside_what_is_there_now(
    store: Store, lamps: list[Product], browser_of_seller: Client
) -> None:
    rule = cast.rule(store, LAMPS, is_on=False)
    sent = typed(rule, step="9")
    browser_of_seller.post(page_of(rule, "edit/"), typed(rule, step="5"))
    answer = browser_of_seller.post(page_of(rule, "edit/"), sent, headers={"Accept-Language": "en"})
    assert "Somebody has changed this since you opened it." in plain(answer)
    assert "Step 5" in plain(answer)
    assert facts(rule)[3] == 5
    version = re.search(r'name="version" value="(\d+)" id="id_version"', answer.content.decode())
    assert version is not None
    browser_of_seller.post(page_of(rule, "edit/"), sent | {"version": version[1]})
    assert facts(rule)[3] == 9


def test_a_stale_edit_takes_nothing_away_that_somebody_else_has_added(
    store: Store, lamps: list[Product], browser_of_seller: Client
) -> None:
    rule = cast.rule(store, LAMPS, is_on=False, strategy="match")
    mine, theirs = (sent_by(browser_of_seller.get(page_of(rule)), "edit/") for _ in range(2))
    browser_of_seller.post(
        page_of(rule, "edit/"), theirs | {"smallest_move": "50", "strategy": "hold_place", "hold_place-place": "2"}
    )
    answer = browser_of_seller.post(page_of(rule, "edit/"), mine | {"name": "Mine"}, headers={"Accept-Language": "en"})
    assert f"in the place of: Name {rule.name} Name" in plain(answer)
    assert browser_of_seller.post(page_of(rule, "edit/"), sent_by(answer, "edit/")).status_code == 302
    assert facts(rule) == ("Mine", LAMPS, "hold_place", 1, {"parameters": {"place": 2}, "smallest_move": 50}, False)


def test_a_rule_is_switched_on_and_off(store: Store, browser_of_seller: Client) -> None:
    rule = cast.rule(store, is_on=False)
    for is_on in (True, False):
        rule.refresh_from_db()
        sent = {"version": str(rule.version)} | ({"is_on": "on"} if is_on else {})
        answer = browser_of_seller.post(page_of(rule, "switch/"), sent)
        assert (answer.headers["Location"], facts(rule)[-1]) == (page_of(rule), is_on)


def test_a_rule_that_was_changed_meanwhile_is_not_switched_on(store: Store, browser_of_seller: Client) -> None:
    rule = cast.rule(store, is_on=False)
    browser_of_seller.post(page_of(rule, "edit/"), typed(rule, step="5"))
    page = browser_of_seller.post(page_of(rule, "switch/"), {"version": "1", "is_on": "on"}, follow=True)
    assert 'role="alert"' in page.content.decode()
    assert facts(rule)[-1] is False


@pytest.mark.parametrize(("is_on", "left"), [(False, 0), (True, 1)])
def test_only_a_rule_that_is_off_is_deleted(store: Store, browser_of_seller: Client, is_on: bool, left: int) -> None:
    rule = cast.rule(store, is_on=is_on)
    page = browser_of_seller.post(page_of(rule, "delete/"), follow=True)
    assert ('role="alert"' in page.content.decode()) is is_on
    assert PricingRule.everything.count() == left


# --- Who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "may"), [("viewer", False), ("manager", True)])
def test_who_may_only_look_finds_every_control_closed(
    store: Store, lamps: list[Product], assistant: User, role: str, may: bool
) -> None:
    Membership.everything.filter(user=assistant).update(role=role)
    rule = cast.rule(store, LAMPS, is_on=False)
    browser = Client()
    browser.force_login(assistant)
    page = browser.get(page_of(rule)).content.decode()
    assert ('<fieldset class="plain" disabled>' in page) is not may
    assert ("/delete/" in page) is may
    assert (list_of(store, "new/") in browser.get(list_of(store)).content.decode()) is may
    browser.post(page_of(rule, "switch/"), {"version": rule.version, "is_on": "on"})
    assert facts(rule)[-1] is may
    browser.post(list_of(store, "create/"), typed(category_code="", name="Another"))
    assert PricingRule.everything.filter(name="Another").exists() is may


def test_before_a_rule_is_deleted_is_said_who_moves_its_products_then(
    store: Store, lamps: list[Product], browser_of_seller: Client
) -> None:
    rule = cast.rule(store, LAMPS, is_on=False)
    nobody = "No other rule moves the prices of its products: they stay as they are."
    assert nobody in text_at(browser_of_seller, page_of(rule))
    whole = cast.rule(store, name="All")
    page = text_at(browser_of_seller, page_of(rule))
    assert "Its products (2) follow the rule “All” of the whole store from then on, which is on" in page
    assert nobody not in page
    PricingRule.everything.filter(pk=whole.pk).update(is_on=False)
    assert nobody in text_at(browser_of_seller, page_of(rule))
