"""The pages of money: statistics, profits, goods that come back, quality."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cabinet.presenters.money import profit_of_order, returns_of
from stores.models import Membership, Order, OrderItem, Product, ReturnOutcome, Store
from stores.models.roles import Role
from tests import cast
from tests.stores.ledger_orders import CANCELLED, DELIVERY, RETURNED, kettle, reckon_all, sell

pytestmark = pytest.mark.django_db


@pytest.fixture
def product(store: Store) -> Product:
    return kettle(store)


def browser_of(store: Store, role: str) -> Client:
    person = cast.person(f"{role}@example.kz", "Берік")
    Membership.everything.create(store=store, user=person, role=role)
    client = Client()
    client.force_login(person)
    return client


def page(browser: Client, store: Store, name: str, **query: str) -> str:
    address = reverse(f"cabinet:{name}", args=[store.pk])
    answer = browser.get(address, query, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    # Also the narrow spaces of sums.
    return re.sub(r"\s+", " ", answer.content.decode())


def test_statistics_show_figures_a_chart_and_a_row_a_day(product: Product, browser_of_seller: Client) -> None:
    sell(product)
    sell(product, placed_at=timezone.now() - timedelta(days=1), **RETURNED)
    reckon_all()
    text = page(browser_of_seller, product.store, "statistics")
    assert "<b>2</b><span>orders</span>" in text
    assert "<b>15 000 ₸</b><span>revenue</span>" in text
    assert "<b>325 ₸</b><span>known profit</span>" in text
    assert len(re.findall(r'<rect class="bar-revenue"', text)) == 30
    assert len(re.findall(r'<rect class="bar-loss"', text)) == 1
    today, yesterday = (timezone.localdate() - timedelta(days=days) for days in (0, 1))
    assert re.findall(r'<th scope="row">([^<]+)</th>', text) == [f"{day:%d.%m.%Y}" for day in (today, yesterday)]
    assert f"{reverse('store-ledger-export', args=[product.store.pk])}?table=profit-by-day&amp;" in text


@pytest.mark.parametrize(("by", "name"), [("city", "Almaty"), ("product", "Чайник SKU-1")])
def test_statistics_are_told_by_city_and_product(
    product: Product, browser_of_seller: Client, by: str, name: str
) -> None:
    sell(product)
    reckon_all()
    text = page(browser_of_seller, product.store, "statistics", by=by)
    assert f'<th scope="row">{name}</th>' in text
    assert "<svg" not in text


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"days": "7"},
        {"days": "x"},
        {"by": "buyer"},
        {"since": "2026-02-30", "until": "x"},
        {"since": "2020-01-01", "until": "2026-01-01"},
        {"since": "2026-02-01", "until": "2026-01-01"},
    ],
)
def test_a_period_that_cannot_be_is_the_usual_one(store: Store, browser_of_seller: Client, query: Any) -> None:
    assert "No orders in these days." in page(browser_of_seller, store, "statistics", **query)
    assert "No orders in these days." in page(browser_of_seller, store, "profits", **query)


def test_a_period_too_long_is_refused_in_words(store: Store, browser_of_seller: Client) -> None:
    text = page(browser_of_seller, store, "statistics", since="2020-01-01", until="2026-01-01")
    assert "Choose at most a year" in text


def test_profits_show_what_is_known_and_what_is_not(product: Product, browser_of_seller: Client) -> None:
    dear, unknown = sell(product, delivery_cost_for_seller=DELIVERY + 1_240), sell(product)
    OrderItem.everything.filter(order=unknown).update(unit_cost=None)
    reckon_all()
    text = page(browser_of_seller, product.store, "profits")
    assert f">{dear.code}</a>" in text
    assert "<strong>510 ₸</strong>" in text
    assert "Charged 1 240 ₸ more than the table, over orders: 1." in text
    assert '<span class="hint">purchase cost</span>' in text
    # Among the charges it stands whatever is shown below.
    assert text.count(f">{dear.code}</a>") == 2
    narrowed = page(browser_of_seller, product.store, "profits", show="unknown")
    assert [narrowed.count(f">{each.code}</a>") for each in (dear, unknown)] == [1, 1]


def test_profits_go_on_page_by_page(
    product: Product, browser_of_seller: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cabinet.views.money.ORDERS_PER_PAGE", 1)
    for _ in range(3):
        sell(product)
    reckon_all()
    seen, address = [], reverse("cabinet:profits", args=[product.store.pk])
    while address:
        text = browser_of_seller.get(address).content.decode()
        seen += re.findall(r'<th scope="row"><a href="[^"]+">(\d+)<', text)
        link = re.search(r'href="([^"]+)" rel="next"', text)
        address = reverse("cabinet:profits", args=[product.store.pk]) + link[1].replace("&amp;", "&") if link else ""
    assert seen == list(Order.everything.order_by("-placed_at").values_list("code", flat=True))


def test_a_cursor_of_another_list_is_not_found(store: Store, browser_of_seller: Client) -> None:
    address = reverse("cabinet:profits", args=[store.pk])
    assert browser_of_seller.get(address, {"cursor": "nonsense"}).status_code == 404


def test_unknown_costs_are_taken_from_the_products(product: Product, browser_of_seller: Client) -> None:
    sell(product)
    OrderItem.everything.update(unit_cost=None)
    reckon_all()
    assert "Take the costs of today" in page(browser_of_seller, product.store, "profits")
    answer = browser_of_seller.post(reverse("cabinet:fill-costs", args=[product.store.pk]), follow=True)
    assert "Take the costs of today" not in answer.content.decode()
    assert OrderItem.everything.get().unit_cost == 9_500


def test_a_return_is_closed_by_one_button(product: Product, browser_of_seller: Client) -> None:
    order = sell(product, **RETURNED)
    reckon_all()
    assert f'formaction="/cabinet/returns/{order.pk}/close/"' in page(browser_of_seller, product.store, "returns")
    browser_of_seller.post(reverse("cabinet:close-return", args=[order.pk]), {"outcome": "damaged"})
    text = page(browser_of_seller, product.store, "returns")
    assert "Nothing is awaited." in text
    assert "Came back damaged" in text
    assert ReturnOutcome.everything.get().outcome == "damaged"


def test_many_returns_are_closed_at_once(product: Product, browser_of_seller: Client) -> None:
    first, second, third = (sell(product, **RETURNED) for _ in range(3))
    reckon_all()
    address = reverse("cabinet:close-returns", args=[product.store.pk])
    answer = browser_of_seller.post(address, {"orders": [first.pk, third.pk], "outcome": "sellable"}, follow=True)
    assert 'role="status"' in answer.content.decode()
    assert set(ReturnOutcome.everything.values_list("order", "outcome")) == {
        (first.pk, "sellable"),
        (third.pk, "sellable"),
    }
    assert [row.row.order for row in returns_of(product.store)] == [second]


def test_of_many_only_ones_own_are_closed(product: Product, strangers_store: Store, browser_of_seller: Client) -> None:
    own, theirs = sell(product, **RETURNED), sell(kettle(strangers_store), **RETURNED)
    reckon_all()
    address = reverse("cabinet:close-returns", args=[product.store.pk])
    for said in (
        {"orders": [own.pk, theirs.pk], "outcome": "sellable"},
        {"orders": [own.pk], "outcome": "eaten"},
        {"orders": ["x"], "outcome": "sellable"},
        {"outcome": "sellable"},
    ):
        answer = browser_of_seller.post(address, said, follow=True)
        assert 'role="alert"' in answer.content.decode()
    assert not ReturnOutcome.everything.exists()
    viewer = browser_of(product.store, Role.VIEWER)
    viewer.post(address, {"orders": [own.pk], "outcome": "sellable"})
    assert not ReturnOutcome.everything.exists()


@pytest.mark.parametrize("said", [{}, {"outcome": "eaten"}])
def test_what_is_no_outcome_closes_nothing(product: Product, browser_of_seller: Client, said: dict[str, str]) -> None:
    order = sell(product, **RETURNED)
    reckon_all()
    answer = browser_of_seller.post(reverse("cabinet:close-return", args=[order.pk]), said, follow=True)
    assert 'role="alert"' in answer.content.decode()
    assert not ReturnOutcome.everything.exists()


def test_a_packer_closes_returns_and_sees_no_cost(product: Product) -> None:
    order = sell(product, **RETURNED)
    reckon_all()
    packer = browser_of(product.store, Role.PACKER)
    text = page(packer, product.store, "returns")
    assert "15 000 ₸" in text
    assert "9 500 ₸" not in text
    assert packer.get(reverse("cabinet:profits", args=[product.store.pk])).status_code == 404
    packer.post(reverse("cabinet:close-return", args=[order.pk]), {"outcome": "sellable"})
    assert ReturnOutcome.everything.get().outcome == "sellable"


def test_who_may_only_look_gets_no_button_and_no_file(product: Product) -> None:
    order = sell(product, **RETURNED)
    reckon_all()
    viewer = browser_of(product.store, Role.VIEWER)
    assert "/close/" not in page(viewer, product.store, "returns")
    assert "ledger-export" not in page(viewer, product.store, "statistics")
    viewer.post(reverse("cabinet:close-return", args=[order.pk]), {"outcome": "sellable"})
    assert not ReturnOutcome.everything.exists()


def test_quality_shows_what_is_left(product: Product, browser_of_seller: Client) -> None:
    for _ in range(49):
        sell(product)
    sell(product, **CANCELLED, cancellation_reason="MERCHANT_OUT_OF_STOCK")
    text = page(browser_of_seller, product.store, "quality")
    assert 'Cancelled by the seller&#x27;s fault <span class="state is-near">Near the limit</span>' in text
    assert '<progress max="100" value="67"' in text
    assert "<dd>1 / 50</dd>" in text


def test_the_fragment_of_an_order_tells_every_line(product: Product) -> None:
    order = sell(product, delivery_cost_for_seller=DELIVERY + 100)
    assert profit_of_order(order) is None
    reckon_all()
    told = render_to_string("cabinet/_order_profit.html", {"profit": profit_of_order(order)})
    text = re.sub(r"\s+", " ", told)
    for amount in ("15 000 ₸", "−9 500 ₸", "−1 875 ₸", "−1 375 ₸", "−450 ₸", "1 650 ₸", "+100 ₸"):
        assert amount in text
    assert render_to_string("cabinet/_order_profit.html", {"profit": None}).strip() == ""
