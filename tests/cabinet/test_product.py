"""The page of a product: what it shows, what its forms do, and what is refused without a trace."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

import pricing
from stores.management.commands.demo import TAX_REGIME
from stores.models import (
    CityPrice,
    Competitor,
    CompetitorProductMonitoring,
    CompetitorStore,
    Membership,
    Product,
    ProductPriceUpdate,
    Store,
)
from stores.services.prices import profit
from stores.services.prices.decide import decide_markets
from stores.services.prices.margins import earnings_of
from stores.services.prices.market_now import market_now
from stores.services.store import change_store
from tests import cast
from tests.cabinet.filled_in import sent_by
from tests.cabinet.pages import look_and_decide, plain, text_at
from users.models import User

pytestmark = pytest.mark.django_db
State = ProductPriceUpdate.State
RIVAL = "30200001"


@pytest.fixture
def kettle(store: Store) -> Product:
    return cast.product(store, cities=(cast.ALMATY, cast.ASTANA))


def address(product: Product, rest: str = "", city: str = cast.ALMATY) -> str:
    return f"/cabinet/products/{product.pk}/{rest}?city={city}"


def typed(product: Product, **values: str) -> dict[str, str]:
    """What a browser sends of the form as it is shown, with some fields typed over."""
    product.refresh_from_db()
    row = cast.city_price(product)
    shown = {
        "version": str(product.version),
        "floor": str(row.floor or ""),
        "ceiling": str(row.ceiling or ""),
        "price": "",
        "step": str(product.step),
        "strategy": product.strategy,
        "with_preorder": "on",
    }
    return shown | values


def save(browser: Client, product: Product, **values: str) -> HttpResponse:
    path = address(product, "edit/")
    return browser.post(path, typed(product, **values), headers={"Accept-Language": "en"})


def corridor(product: Product, city: str = cast.ALMATY) -> tuple[int | None, int, int | None]:
    row = cast.city_price(product, city)
    return row.floor, row.price, row.ceiling


# --- What it shows ----------------------------------------------------------------------------------------------------


def test_the_table_leads_to_the_product(store: Store, kettle: Product, browser_of_seller: Client) -> None:
    page = browser_of_seller.get(f"/cabinet/stores/{store.pk}/").content.decode()
    assert f'href="/cabinet/products/{kettle.pk}/?city={cast.ALMATY}"' in page


def test_each_city_has_its_price_place_and_limits(kettle: Product, browser_of_seller: Client) -> None:
    look_and_decide(kettle, {RIVAL: 9_500})
    text = text_at(browser_of_seller, address(kettle))
    assert "Almaty 9 499 ₸ 9 500 ₸ 2 8 000 ₸ 12 000 ₸" in text
    assert "Astana 10 000 ₸ – – 8 000 ₸ 12 000 ₸" in text


def test_the_market_names_everybody_and_says_who_does_not_count(
    store: Store, kettle: Product, browser_of_seller: Client
) -> None:
    friend = CompetitorStore.objects.create(merchant_id="friend", name="Rival friend", first_seen_at=timezone.now())
    Competitor.everything.create(store=store, competitor_store=friend, stance=Competitor.Stance.OWN)
    look_and_decide(kettle, {RIVAL: 9_500, "friend": 9_000})
    text = text_at(browser_of_seller, address(kettle))
    assert "1 Rival friend does not count: an own, partner or ignored shop 9 000 ₸" in text
    assert f"2 Rival {RIVAL} 9 500 ₸ 4.5 (10)" in text
    assert "3 Rival 30125007 ours 10 000 ₸" in text
    assert "The rule would ask 9 499 ₸ now" in text


def test_without_limits_it_says_why_nothing_moves_and_still_who_counts(store: Store, browser_of_seller: Client) -> None:
    lamp = cast.product(store, floor=None)
    look_and_decide(lamp, {RIVAL: 9_500, "slip": 1})
    text = text_at(browser_of_seller, address(lamp))
    assert "The rule would leave the price alone now" in text
    assert "The product has no floor or no ceiling, so nothing is automated." in text
    assert "Rival slip does not count: the price is far below" in text


def test_looking_at_the_market_writes_nothing(kettle: Product) -> None:
    row = cast.city_price(kettle)
    cast.see(row.market, {kettle.store.merchant_id: 10_000, RIVAL: 9_500})
    row = cast.city_price(kettle)
    before = CityPrice.everything.values().get(pk=row.pk)
    now = market_now(row)
    assert now is not None
    assert (now.price, [step.rule for step in now.steps]) == (9_499, ["undercut"])
    assert CityPrice.everything.values().get(pk=row.pk) == before
    assert not ProductPriceUpdate.everything.exists()


def test_what_the_page_says_is_what_the_rule_does(kettle: Product) -> None:
    row = cast.city_price(kettle)
    cast.see(row.market, {kettle.store.merchant_id: 10_000, RIVAL: 9_500, "slip": 10})
    now = market_now(cast.city_price(kettle))
    decide_markets([row.market_id])
    update = ProductPriceUpdate.everything.get()
    assert now is not None
    assert now.price == update.new_price
    assert [step.rule for step in now.steps] == [step["rule"] for step in update.why["steps"]]


def test_a_product_that_nobody_looked_at_is_shown(store: Store, browser_of_seller: Client) -> None:
    lamp = cast.product(store, card_id="")
    assert "Nobody has looked at this card yet." in text_at(browser_of_seller, address(lamp))


def test_the_history_is_newest_first_and_opens_each_card(kettle: Product, browser_of_seller: Client) -> None:
    look_and_decide(kettle, {RIVAL: 9_500})
    look_and_decide(kettle, {RIVAL: 9_400})
    ProductPriceUpdate.everything.update(state=State.SEEN)
    page = browser_of_seller.get(address(kettle)).content.decode()
    first, second = ProductPriceUpdate.everything.order_by("pk").values_list("pk", flat=True)
    assert re.findall(r'hx-get="/cabinet/price-updates/(\d+)/"', page) == [str(second), str(first)]
    assert re.findall(r'href="/cabinet/price-updates/(\d+)/"', page) == [str(second), str(first)]
    assert re.findall(r'action="/cabinet/price-updates/(\d+)/undo/"', page) == [str(second)]


def test_the_history_is_of_the_city_and_has_pages(store: Store, kettle: Product, browser_of_seller: Client) -> None:
    row = cast.city_price(kettle)
    ProductPriceUpdate.everything.bulk_create(
        ProductPriceUpdate(
            store=store,
            product=kettle,
            city_price=row,
            city_id=row.city_id,
            origin="rule",
            state=State.SUPERSEDED,
            old_price=10_000,
            new_price=9_000 + number,
        )
        for number in range(25)
    )
    assert browser_of_seller.get(address(kettle)).content.decode().count("entry-card") == 20
    assert browser_of_seller.get(address(kettle) + "&page=2").content.decode().count("entry-card") == 5
    assert "entry-card" not in browser_of_seller.get(address(kettle, city=cast.ASTANA)).content.decode()


def test_an_unknown_city_shows_the_first(kettle: Product, browser_of_seller: Client) -> None:
    assert "Price and limits Almaty" in text_at(browser_of_seller, address(kettle, city="000000000"))


# --- What it earns, why it is held, how the card went -----------------------------------------------------------------


def priced(product: Product, **facts: object) -> None:
    """The product with all that its profit depends on."""
    Store.everything.filter(pk=product.store_id).update(tax_regime=TAX_REGIME)
    known = {"category_code": "Master - Kettles", "weight_g": 2_000, "purchase_cost": 7_000}
    Product.everything.filter(pk=product.pk).update(**known | facts)


def test_what_the_price_earns_is_told(
    kettle: Product, browser_of_seller: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profit.timezone, "localdate", lambda *_moment: date(2026, 3, 1))
    priced(kettle, least_margin=Decimal("0.08"))
    earns = earnings_of(cast.city_price(kettle))
    assert (earns.profit, earns.profit_elsewhere, earns.missing) == (175, -57, "")
    assert (earns.break_even, earns.margin_floor) == (9_381, 11_121)
    text = text_at(browser_of_seller, address(kettle))
    assert (
        "Profit of a piece 175 ₸ Sent to another city -57 ₸ Margin 1.75 % Loses nothing from 9 381 ₸ Earns 8 %" in text
    )


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"weight_g": None}, "The product has no weight."),
        ({"purchase_cost": None}, "The product has no purchase cost."),
        ({"category_code": "Submarines"}, "The commission of the product's category is not known."),
    ],
)
def test_what_is_missing_to_know_it_is_said(
    kettle: Product, browser_of_seller: Client, facts: dict[str, object], says: str
) -> None:
    priced(kettle, **facts)
    assert f"Profit of a piece – Sent to another city – Margin – Loses nothing from – Not known: {says}" in text_at(
        browser_of_seller, address(kettle)
    )


def test_why_the_rules_leave_it_alone_is_said(kettle: Product, browser_of_seller: Client) -> None:
    said = "The rules leave this price alone:"
    assert said not in text_at(browser_of_seller, address(kettle))
    CityPrice.everything.filter(city_id=cast.ALMATY).update(hold_rule="stale")
    assert f"{said} The offers were seen too long ago." in text_at(browser_of_seller, address(kettle))
    assert said not in text_at(browser_of_seller, address(kettle, city=cast.ASTANA))


def test_a_price_without_a_rule_to_follow_says_so(kettle: Product, browser_of_seller: Client) -> None:
    look_and_decide(kettle, {RIVAL: 9_500})
    Product.everything.update(strategy="by_rule")
    assert "No rule that is switched on says what to do with this price" in text_at(browser_of_seller, address(kettle))


def chart_at(browser: Client, product: Product, city: str = cast.ALMATY) -> list[dict[str, Any]]:
    answer = browser.get(address(product, "chart/", city))
    assert answer.status_code == 200
    return list(answer.json()["lines"])


def test_the_chart_shows_ours_and_the_five_liveliest(kettle: Product, browser_of_seller: Client) -> None:
    rivals = {f"3020000{number}": 9_500 + number for number in range(7)}
    look_and_decide(kettle, rivals)
    look_and_decide(kettle, rivals | {"30200006": 9_400})
    look_and_decide(kettle, rivals | {"30200006": 9_300, "30200005": 9_250})
    moments = timezone.now() - timedelta(days=6)
    for number, change in enumerate(CompetitorProductMonitoring.objects.order_by("pk")):
        CompetitorProductMonitoring.objects.filter(pk=change.pk).update(seen_at=moments + timedelta(hours=number))
    lines = chart_at(browser_of_seller, kettle)
    assert [line["is_ours"] for line in lines] == [True] + [False] * 5
    assert [line["name"] for line in lines[1:3]] == ["Rival 30200006", "Rival 30200005"]
    assert [point["y"] for point in lines[1]["points"]] == [9_506, 9_400, 9_300, 9_300]
    text = text_at(browser_of_seller, address(kettle))
    assert "Rival 30200006 9 300 ₸ 9 506 ₸ 9 300 ₸" in text


def test_who_stood_there_before_and_who_did_not_move_are_drawn_too(kettle: Product, browser_of_seller: Client) -> None:
    look_and_decide(kettle, {RIVAL: 9_500, "still": 9_900})
    CompetitorProductMonitoring.objects.update(seen_at=timezone.now() - timedelta(days=30))
    cast.see(cast.city_price(kettle).market, {kettle.store.merchant_id: 9_499, "still": 9_900})
    lines = {line["name"]: [point["y"] for point in line["points"]] for line in chart_at(browser_of_seller, kettle)}
    own = f"Rival {kettle.store.merchant_id}"
    assert lines == {own: [10_000, 9_499, 9_499], f"Rival {RIVAL}": [9_500, None, None], "Rival still": [9_900, 9_900]}
    assert f"Rival {RIVAL} 9 500 ₸ 9 500 ₸ gone" in text_at(browser_of_seller, address(kettle))


def test_without_a_market_there_is_no_chart(store: Store, browser_of_seller: Client) -> None:
    lamp = cast.product(store, card_id="")
    assert chart_at(browser_of_seller, lamp) == []
    assert "data-chart" not in browser_of_seller.get(address(lamp)).content.decode()


def test_the_script_that_draws_is_where_the_page_looks_for_it(kettle: Product, browser_of_seller: Client) -> None:
    """It comes with the admin's theme, whose files are its own business: a new release may move it."""
    look_and_decide(kettle, {RIVAL: 9_500})
    page = browser_of_seller.get(address(kettle)).content.decode()
    for path in ("unfold/js/chart/chart.js", "cabinet/chart.js"):
        assert f'src="/static/{path}"' in page
        assert finders.find(path) is not None, path


# --- The form ---------------------------------------------------------------------------------------------------------


def test_limits_and_price_change_in_one_city(kettle: Product, browser_of_seller: Client) -> None:
    answer = save(browser_of_seller, kettle, floor="9 000", ceiling="13 000 ₸", price="11 000")
    assert (answer.status_code, answer.headers["Location"]) == (302, address(kettle))
    assert corridor(kettle) == (9_000, 11_000, 13_000)
    assert corridor(kettle, cast.ASTANA) == (8_000, 10_000, 12_000)
    assert "Saved." in text_at(browser_of_seller, address(kettle))
    assert ProductPriceUpdate.everything.get().actor is not None


def test_or_in_all_cities(kettle: Product, browser_of_seller: Client) -> None:
    save(browser_of_seller, kettle, floor="9 000", all_cities="on")
    assert corridor(kettle)[0] == corridor(kettle, cast.ASTANA)[0] == 9_000


def test_strategy_plan_and_step_are_saved(kettle: Product, browser_of_seller: Client) -> None:
    plan = {"hold_place-place": "2", "lowest_rating": "4.5", "quiet_from": "23:00", "quiet_to": "07:00"}
    answer = save(browser_of_seller, kettle, strategy="hold_place", step="25", cool_down="15", **plan)
    assert answer.status_code == 302
    kettle.refresh_from_db()
    assert (kettle.strategy, kettle.step, kettle.plan["parameters"]) == ("hold_place", 25, {"place": 2})
    assert kettle.plan["conditions"] == {"lowest_rating": 4.5}
    assert kettle.plan["cool_down_seconds"] == 900
    assert len(kettle.plan["quiet_hours"]) == 7


def test_saving_does_not_put_back_what_a_rule_has_moved(kettle: Product, browser_of_seller: Client) -> None:
    sent = typed(kettle, floor="8 500")
    look_and_decide(kettle, {RIVAL: 9_500})
    assert browser_of_seller.post(address(kettle, "edit/"), sent).status_code == 302
    assert corridor(kettle) == (8_500, 9_499, 12_000)


@pytest.mark.parametrize(
    ("values", "at", "says"),
    [
        ({"floor": "12.000"}, "floor", "mean 12 or 12 000?"),
        ({"floor": "13 000"}, "floor", "The floor 13 000 is above the ceiling 12 000"),
        ({"floor": "10 500"}, "move_prices", "The price 10 000 in city Almaty lies outside the new limits"),
        ({"price": "7 000"}, "move_prices", "The price 7 000 in city Almaty lies outside"),
        ({"strategy": "fixed"}, "fixed-price", "This field is required"),
        ({"strategy": "hold_place", "hold_place-place": "0"}, "hold_place-place", "greater than or equal to 1"),
    ],
)
def test_what_is_refused_is_said_at_its_field_and_nothing_is_lost(
    kettle: Product, browser_of_seller: Client, values: dict[str, str], at: str, says: str
) -> None:
    answer = save(browser_of_seller, kettle, step="77", **values)
    assert answer.status_code == 200
    assert at in answer.context["form"].errors
    assert says in plain(answer)
    page = answer.content.decode()
    assert 'name="step" value="77"' in page
    for name, text in values.items():
        assert f'name="{name}" value="{text}"' in page, name
    kettle.refresh_from_db()
    assert (kettle.step, kettle.version, kettle.strategy) == (1, 1, "undercut")
    assert corridor(kettle) == (8_000, 10_000, 12_000)
    assert not ProductPriceUpdate.everything.exists()


def test_a_price_the_gate_holds_is_refused_at_the_price(
    store: Store, seller: User, kettle: Product, browser_of_seller: Client
) -> None:
    change_store(store, {"mode": Store.Mode.PAUSED}, seller)
    answer = save(browser_of_seller, kettle, price="9 000")
    assert "price" in answer.context["form"].errors
    assert "Prices are stopped" in plain(answer)
    assert corridor(kettle)[1] == 10_000


def test_a_price_outside_goes_along_where_that_was_ticked(kettle: Product, browser_of_seller: Client) -> None:
    assert save(browser_of_seller, kettle, floor="10 500", move_prices="on").status_code == 302
    assert corridor(kettle) == (10_500, 10_500, 12_000)


def test_a_stale_edit_is_shown_beside_what_is_there_now(kettle: Product, browser_of_seller: Client) -> None:
    sent = typed(kettle, floor="9 000", step="5", strategy="match")
    save(browser_of_seller, kettle, floor="8 500")
    answer = browser_of_seller.post(address(kettle, "edit/"), sent, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    text = plain(answer)
    assert "Somebody has changed this since you opened it." in text
    assert "Saving again puts yours in the place of: Step 1 Strategy Undercut the cheapest rival Floor 8 500 " in text
    page = answer.content.decode()
    assert 'name="floor" value="9 000"' in page
    assert re.search(r'value="match" checked', page)
    assert corridor(kettle)[0] == 8_500
    again = sent | {"version": re.search(r'name="version" value="(\d+)" id="id_version"', page)[1]}
    assert browser_of_seller.post(address(kettle, "edit/"), again).status_code == 302
    kettle.refresh_from_db()
    assert (corridor(kettle)[0], kettle.step, kettle.strategy) == (9_000, 5, "match")


def test_a_stale_edit_takes_nothing_away_that_somebody_else_has_added(
    kettle: Product, browser_of_seller: Client
) -> None:
    mine, theirs = (sent_by(browser_of_seller.get(address(kettle)), "edit/") for _ in range(2))
    theirs |= {"least_margin": "8", "quiet_from": "22:00", "quiet_to": "08:00", "smallest_move": "50"}
    mine |= {"step": "7", "smallest_move": "20"}
    assert browser_of_seller.post(address(kettle, "edit/"), theirs).status_code == 302
    answer = browser_of_seller.post(address(kettle, "edit/"), mine, headers={"Accept-Language": "en"})
    assert "in the place of: Step 1 Smallest move: No move of less than 50 ₸ Floor" in plain(answer)
    assert browser_of_seller.post(address(kettle, "edit/"), sent_by(answer, "edit/")).status_code == 302
    kettle.refresh_from_db()
    quiet = [{"start": day * 1440 + 22 * 60, "end": (day * 1440 + 32 * 60) % 10_080} for day in range(7)]
    assert (kettle.step, kettle.least_margin) == (7, Decimal("0.08"))
    assert kettle.plan == {"quiet_hours": quiet, "smallest_move": 20}


def test_what_the_form_cannot_say_is_shown_as_kept(kettle: Product, browser_of_seller: Client) -> None:
    schedule = [{"hours": {"start": 0, "end": 60}, "strategy": {"name": "match"}}]
    Product.everything.filter(pk=kettle.pk).update(plan={"schedule": schedule})
    assert "Strategies by the hour." in text_at(browser_of_seller, address(kettle))
    save(browser_of_seller, kettle, smallest_move="50")
    kettle.refresh_from_db()
    assert kettle.plan == {"schedule": schedule, "smallest_move": 50}


def test_a_product_pauses_and_goes_on(kettle: Product, browser_of_seller: Client) -> None:
    for version, is_paused in ((1, True), (2, False)):
        sent: dict[str, Any] = {"version": version} | ({"is_paused": "on"} if is_paused else {})
        answer = browser_of_seller.post(address(kettle, "pause/"), sent)
        kettle.refresh_from_db()
        assert (answer.headers["Location"], kettle.is_paused) == (address(kettle), is_paused)


def test_a_stale_pause_is_said(kettle: Product, browser_of_seller: Client) -> None:
    save(browser_of_seller, kettle, floor="8 500")
    page = browser_of_seller.post(address(kettle, "pause/"), {"version": 1, "is_paused": "on"}, follow=True)
    assert 'role="alert"' in page.content.decode()
    assert not Product.everything.get(pk=kettle.pk).is_paused


def test_a_product_without_any_price_has_a_page_and_no_form(store: Store, browser_of_seller: Client) -> None:
    bare = cast.product(store, cities=())
    assert "This product has no price in any city yet." in text_at(browser_of_seller, address(bare))
    assert browser_of_seller.post(address(bare, "edit/"), typed_bare(bare)).status_code == 404


def typed_bare(product: Product) -> dict[str, str]:
    return {"version": "1", "step": "1", "strategy": product.strategy}


# --- Who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "may"), [("viewer", False), ("manager", True), ("owner", True)])
def test_who_may_only_look_finds_every_control_closed(kettle: Product, assistant: User, role: str, may: bool) -> None:
    Membership.everything.filter(user=assistant).update(role=role)
    look_and_decide(kettle, {RIVAL: 9_500})
    browser = Client()
    browser.force_login(assistant)
    page = browser.get(address(kettle)).content.decode()
    assert ('<fieldset class="plain" disabled>' in page) is not may
    assert ("/undo/" in page) is may
    answer = save(browser, kettle, floor="9 000")
    assert answer.status_code == (302 if may else 200)
    assert (corridor(kettle)[0] == 9_000) is may
    browser.post(address(kettle, "pause/"), {"version": Product.everything.get().version, "is_paused": "on"})
    assert Product.everything.get().is_paused is may


# --- The card ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def change(kettle: Product) -> ProductPriceUpdate:
    look_and_decide(kettle, {RIVAL: 9_500})
    return ProductPriceUpdate.everything.get()


def test_the_card_is_a_page_of_its_own(change: ProductPriceUpdate, browser_of_seller: Client) -> None:
    text = text_at(browser_of_seller, f"/cabinet/price-updates/{change.pk}/")
    assert "10 000 → 9 499 ₸: one step under the cheapest rival" in text
    for part in (
        f"Rival {RIVAL}",
        "Rule: Undercut the cheapest rival",
        "Floor 8 000 ₸",
        "spent 0 of 250",
        "Limits then 8 000 ₸ – 12 000 ₸",
        f"Engine {pricing.ENGINE_VERSION}",
        "The product has no weight.",
        "0 s old",
    ):
        assert part in text, part


def test_for_a_page_that_opens_it_in_place_it_is_a_fragment(
    change: ProductPriceUpdate, browser_of_seller: Client
) -> None:
    answer = browser_of_seller.get(f"/cabinet/price-updates/{change.pk}/", headers={"HX-Request": "true"})
    assert "<html" not in answer.content.decode()
    assert "HX-Request" in answer.headers["Vary"]
    assert f"Rival {RIVAL}" in answer.content.decode()


def test_the_card_marks_what_held_the_price(kettle: Product, browser_of_seller: Client) -> None:
    CityPrice.everything.update(confirmed_price=30_000)
    look_and_decide(kettle, {RIVAL: 9_500})
    held = ProductPriceUpdate.everything.get()
    page = browser_of_seller.get(f"/cabinet/price-updates/{held.pk}/").content.decode()
    assert held.hold_code == "drift_since_confirmed"
    assert page.count('class="is-reason"') == 1


def test_a_card_of_a_person_and_of_an_undo_are_pages_too(
    change: ProductPriceUpdate, kettle: Product, browser_of_seller: Client
) -> None:
    browser_of_seller.post(f"/cabinet/price-updates/{change.pk}/undo/")
    back = ProductPriceUpdate.everything.latest("pk")
    assert "Put back by: Әлия" in text_at(browser_of_seller, f"/cabinet/price-updates/{back.pk}/")
    # The undo has paused the product: that is for its rules, not for its seller.
    save(browser_of_seller, kettle, price="9 900")
    own = ProductPriceUpdate.everything.latest("pk")
    assert "Set by: Әлия" in text_at(browser_of_seller, f"/cabinet/price-updates/{own.pk}/")


def test_an_answer_from_the_products_page_leads_back_to_it(
    change: ProductPriceUpdate, kettle: Product, browser_of_seller: Client
) -> None:
    answer = browser_of_seller.post(f"/cabinet/price-updates/{change.pk}/undo/", {"product": ""})
    assert answer.headers["Location"] == address(kettle)
    assert corridor(kettle)[1] == 10_000


def test_an_old_picture_is_told_with_its_age(change: ProductPriceUpdate, browser_of_seller: Client) -> None:
    change.why["situation"]["age_seconds"] = timedelta(minutes=2).total_seconds()
    change.save()
    assert "120 s old" in text_at(browser_of_seller, f"/cabinet/price-updates/{change.pk}/")
