"""The margin a seller wants: a floor that follows the fees, and no rule below it."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from pytest_django.fixtures import Settings

import kaspi
import pricing
from pricing.economics import Zone
from stores.management.commands.demo import TAX_REGIME
from stores.models import (
    CityPrice,
    FeeCategory,
    FeeDelivery,
    FeeShare,
    Notification,
    Product,
    ProductPriceUpdate,
    Store,
)
from stores.services.notifications import notify
from stores.services.prices import gateway, profit
from stores.services.prices.decide import decide_markets
from stores.services.prices.explain import explain
from stores.services.prices.margins import does_earn_margin, earnings_of, floor_of, margins_of
from stores.services.prices.price_list import publish
from stores.services.prices.price_list.checker import Check
from stores.services.prices.price_list.stale_offers import mark_stale
from stores.services.prices.pricing_edit import PricingEdit, edit_pricing
from stores.services.prices.profit import economics_of, forget_fees
from stores.services.store import change_store
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
State = ProductPriceUpdate.State
EIGHT = Decimal("0.08")
# By the fees of 2026, for a cost of 9,500 and packaging of 150: the lowest price that leaves 8 % in an order sent to
# another city. 12.5 % commission and 3 % tax leave 0.845 of it: (9,650 + 1,299 × 1.16) / (0.845 − 0.08) = 14,584.1.
EIGHT_FROM = 14_585
# The same in an order within the city: (9,650 + 1,099 × 1.16) / 0.765 = 14,280.8.
EIGHT_IN_THE_CITY_FROM = 14_281


@pytest.fixture(autouse=True)
def spring(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day on which the rates of 2026 hold, and a minute that does not end."""
    set_day(monkeypatch, date(2026, 3, 1))
    monkeypatch.setattr(profit, "CHECK_SECONDS", 1e12)


def set_day(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    monkeypatch.setattr(profit.timezone, "localdate", lambda: day)


def kettle_of(store: Store, **facts: Any) -> CityPrice:
    """The worked example at 15,000 ₸ with a ceiling of 20,000; `facts` are fields of the product or of its price."""
    store.tax_regime = TAX_REGIME
    store.save(update_fields=["tax_regime"])
    limits = {name: facts.pop(name, usual) for name, usual in (("floor", None), ("ceiling", 20_000), ("price", 15_000))}
    product = cast.product(store, **limits)
    costs = {"category_code": "Master - Kettles", "weight_g": 2_000, "purchase_cost": 9_500, "packaging_cost": 150}
    Product.everything.filter(pk=product.pk).update(**costs | {"least_margin": EIGHT} | facts)
    return cast.city_price(product)


def decide(row: CityPrice, rival: int) -> ProductPriceUpdate | None:
    cast.see(row.market, {row.product.store.merchant_id: row.price, "30200001": rival})
    decide_markets([row.market_id])
    row.refresh_from_db()
    return ProductPriceUpdate.everything.order_by("pk").last()


def by_rule(row: CityPrice, price: object) -> gateway.Intent:
    return gateway.Intent(row.pk, price, row.version, looked_at=timezone.now(), shown=row.price)


# --- The floor --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("least_margin", "floor"),
    [(None, None), (Decimal(0), 13_204), (EIGHT, EIGHT_FROM), (Decimal("0.1"), 14_976)],
)
def test_the_wanted_margin_gives_a_floor(store: Store, least_margin: Decimal | None, floor: int | None) -> None:
    margins = margins_of(kettle_of(store, least_margin=least_margin).product)
    assert (margins.floor, margins.break_even, margins.missing) == (floor, 13_204, "")


def test_a_floor_that_loses_nothing_loses_nothing_in_another_city_either(store: Store) -> None:
    row = kettle_of(store, least_margin=Decimal(0), price=13_204)
    floor = margins_of(row.product).floor
    assert [profit.profit_of(row.product, floor, zone).tenge for zone in (Zone.CITY, Zone.COUNTRY)] == [233, 1]
    # A tenge less and the parcel to another city is sold at a loss, though one within the city earns still.
    in_city, elsewhere = (economics_of(row.product, zone).margin(floor - 1) for zone in (Zone.CITY, Zone.COUNTRY))
    assert in_city > 0 > elsewhere
    earnings = earnings_of(row)
    assert (earnings.profit, earnings.profit_elsewhere, earnings.break_even) == (233, 1, 13_204)


def test_the_dearer_zone_is_whichever_the_tables_say(store: Store) -> None:
    row = kettle_of(store)
    FeeDelivery.objects.filter(zone="country", price_from=10_000, weight_from_g=1).update(fee=999)
    forget_fees()
    assert floor_of(row) == EIGHT_IN_THE_CITY_FROM


def test_a_zone_without_a_fee_holds_the_rules(store: Store) -> None:
    row = kettle_of(store)
    FeeDelivery.objects.filter(zone="country").delete()
    forget_fees()
    assert decide(row, rival=14_900) is None
    assert (row.price, row.hold_rule, earnings_of(row).missing) == (15_000, "no_margin", "delivery")


@pytest.mark.parametrize(
    ("typed", "least_margin", "floor"),
    [(None, EIGHT, EIGHT_FROM), (13_000, EIGHT, EIGHT_FROM), (14_700, EIGHT, 14_700), (13_000, None, 13_000)],
)
def test_of_a_typed_floor_and_a_derived_one_the_higher_rules(
    store: Store, typed: int | None, least_margin: Decimal | None, floor: int
) -> None:
    row = kettle_of(store, floor=typed, least_margin=least_margin)
    assert floor_of(row) == floor
    update = decide(row, rival=12_000)
    assert (update.state, row.price) == (State.APPROVED, floor)
    assert (update.floor, row.floor) == (floor, typed)


def test_a_derived_floor_is_not_under_the_lowest_price_of_all(store: Store) -> None:
    assert floor_of(kettle_of(store, purchase_cost=10, packaging_cost=0, least_margin=Decimal(0))) == 100


def test_the_floor_follows_an_edited_fee(store: Store) -> None:
    row = kettle_of(store)
    FeeShare.objects.filter(code="simplified-almaty").update(share="0.06")
    forget_fees()
    assert floor_of(row) == 15_180
    assert decide(row, rival=12_000).new_price == 15_180


def test_the_floor_follows_the_day(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    row = kettle_of(store)
    FeeShare.objects.filter(code="simplified-almaty").update(valid_to=date(2026, 6, 30))
    FeeShare.objects.create(
        rate="turnover_tax", key=TAX_REGIME, share="0.06", code="new", source="a decree", valid_from=date(2026, 7, 1)
    )
    forget_fees()
    assert floor_of(row) == EIGHT_FROM
    set_day(monkeypatch, date(2026, 7, 1))
    assert floor_of(row) == 15_180


@pytest.mark.parametrize("least_margin", [Decimal(1), Decimal("-0.1")])
def test_the_table_refuses_what_is_no_share(store: Store, least_margin: Decimal) -> None:
    product = cast.product(store)
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.everything.filter(pk=product.pk).update(least_margin=least_margin)


def test_a_price_that_aims_at_the_margin_goes_there_from_both_sides(store: Store) -> None:
    row = kettle_of(store, strategy=Product.Strategy.MARGIN_TARGET)
    assert decide(row, rival=12_000).new_price == EIGHT_FROM
    CityPrice.everything.update(price=12_500, confirmed_price=12_500, version=F("version") + 1)
    row.refresh_from_db()
    assert decide(row, rival=20_000).new_price == EIGHT_FROM


def test_a_price_is_kept_out_of_the_holes_above_the_floor(store: Store) -> None:
    row = kettle_of(store, price=10_900, purchase_cost=6_384, packaging_cost=0, least_margin=Decimal("0.113"))
    assert margins_of(row.product).zones[-1] == (10_000, 10_779, 9_999)
    update = decide(row, rival=10_701)
    assert (update.new_price, row.hold_rule) == (9_999, "")
    assert update.why["situation"]["cost_floor"] == 9_988
    assert "below_dead_zone" in [step["rule"] for step in update.why["steps"]]


def test_the_stored_situation_decides_the_same_price_again(store: Store) -> None:
    row = kettle_of(store, price=10_900, purchase_cost=6_384, packaging_cost=0, least_margin=Decimal("0.113"))
    update = decide(row, rival=10_701)
    assert pricing.decide(pricing.Situation.from_stored(update.why["situation"])).price == update.new_price


# --- What cannot be known ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        ({"purchase_cost": None}, "purchase_cost"),
        ({"weight_g": None}, "weight"),
        ({"category_code": "Master - Submarines"}, "category"),
        ({"least_margin": Decimal("0.9")}, "out_of_reach"),
    ],
)
@pytest.mark.parametrize("floor", [None, 12_000])
def test_an_unknown_margin_holds_the_rules(
    store: Store, floor: int | None, facts: dict[str, Any], missing: str
) -> None:
    row = kettle_of(store, floor=floor, **facts)
    assert decide(row, rival=14_900) is None
    assert (row.price, row.hold_rule, earnings_of(row).missing) == (15_000, "no_margin", missing)


def test_a_rate_that_runs_out_holds_the_rules_from_that_day(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    row = kettle_of(store)
    FeeShare.objects.filter(code="vat-2026").update(valid_to=date(2026, 6, 30))
    set_day(monkeypatch, date(2026, 7, 1))
    assert decide(row, rival=14_900) is None
    assert (row.price, row.hold_rule, earnings_of(row).missing) == (15_000, "no_margin", "vat")


def test_the_hold_goes_when_the_fact_comes(store: Store) -> None:
    row = kettle_of(store, purchase_cost=None)
    decide(row, rival=14_900)
    Product.everything.update(purchase_cost=9_500)
    assert decide(cast.city_price(row.product), rival=14_900).new_price == 14_899
    row.refresh_from_db()
    assert row.hold_rule == ""


# --- The gateway ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "code"),
    [
        (EIGHT_FROM, ""),
        (EIGHT_FROM - 1, "margin_too_low"),
        (EIGHT_IN_THE_CITY_FROM, "margin_too_low"),
        (13_000, "margin_too_low"),
    ],
)
@pytest.mark.parametrize("floor", [None, 12_000])
def test_a_rule_passes_the_gate_with_the_margin_only(store: Store, price: int, code: str, floor: int | None) -> None:
    row = kettle_of(store, floor=floor)
    update = gateway.send(by_rule(row, price))
    row.refresh_from_db()
    assert (update.hold_code, row.price) == (code, 15_000 if code else price)


def test_in_a_hole_above_the_floor_the_margin_is_too_low(store: Store) -> None:
    row = kettle_of(store, price=10_900, purchase_cost=6_384, packaging_cost=0, least_margin=Decimal("0.113"))
    assert [does_earn_margin(row.product, price) for price in (9_999, 10_000, 10_779, 10_780)] == [
        True,
        False,
        False,
        True,
    ]
    assert gateway.send(by_rule(row, 10_100)).hold_code == "margin_too_low"


@pytest.mark.parametrize("floor", [None, 12_000])
def test_the_gate_holds_by_itself_what_cannot_be_known(store: Store, floor: int | None) -> None:
    row = kettle_of(store, floor=floor)
    FeeCategory.objects.all().delete()
    forget_fees()
    update = gateway.send(by_rule(row, 14_900))
    row.refresh_from_db()
    assert (update.hold_code, row.price) == ("no_margin", 15_000)
    assert explain(update)


def test_a_yes_to_a_price_whose_margin_is_gone_meanwhile_is_held(store: Store, seller: User) -> None:
    change_store(store, {"mode": Store.Mode.ASK}, seller)
    row = kettle_of(store)
    update = gateway.send(by_rule(row, 14_600))
    assert update.state == State.PROPOSED
    FeeShare.objects.filter(code="simplified-almaty").update(share="0.06")
    forget_fees()
    assert gateway.approve(update, seller).hold_code == "margin_too_low"
    row.refresh_from_db()
    assert row.price == 15_000


def test_a_yes_to_a_price_with_a_derived_floor_lets_it_go(store: Store, seller: User) -> None:
    change_store(store, {"mode": Store.Mode.ASK}, seller)
    row = kettle_of(store)
    cast.see(row.market, {"30125007": row.price, "a": 14_601})
    approved = gateway.approve(gateway.send(by_rule(row, 14_600)), seller)
    assert (approved.state, approved.floor) == (State.APPROVED, EIGHT_FROM)


def test_a_person_may_ask_less_than_he_usually_wants(store: Store, seller: User) -> None:
    row = kettle_of(store)
    edit_pricing(row.product, PricingEdit(1, {"price": 13_000}), seller)
    row.refresh_from_db()
    assert row.price == 13_000


# --- The checker ------------------------------------------------------------------------------------------------------


def refused(row: CityPrice, price: int, live: int, folder: Path) -> str | None:
    """The code with which a file with this price is refused while another with the `live` one is out."""
    reason = Check(_list_of(row, price, folder), _list_of(row, live, folder), row.product.store, as_of=0).why_refused()
    return reason and reason.code


def _list_of(row: CityPrice, price: int, folder: Path) -> Path:
    header = kaspi.PriceListHeader("Shop", row.product.store.merchant_id, "2026-03-01")
    point = kaspi.Availability("PP1", available=True)
    prices = (kaspi.CityPrice(row.city_id, price),)
    path = folder / f"{price}.xml"
    with path.open("wb") as file:
        kaspi.write_price_list(file, header, [kaspi.PriceListOffer(row.product.sku, "m", None, (point,), None, prices)])
    return path


# A typed floor below the derived one takes nothing from it.
@pytest.mark.parametrize("floor", [None, 12_000])
@pytest.mark.parametrize(
    ("price", "confirmed", "live", "code"),
    [
        (EIGHT_FROM, 15_000, 15_000, None),
        (EIGHT_FROM - 1, 15_000, 15_000, "under_floor"),
        (EIGHT_FROM - 1, 15_000, EIGHT_FROM - 1, None),  # the fees rose overnight
        (13_000, 13_000, 15_000, None),  # a person set it
    ],
)
def test_a_new_price_in_the_file_is_not_under_a_derived_floor(
    store: Store, price: int, confirmed: int, live: int, code: str | None, floor: int | None, tmp_path: Path
) -> None:
    row = kettle_of(store, floor=floor)
    CityPrice.everything.filter(pk=row.pk).update(price=price, confirmed_price=confirmed)
    assert refused(row, price, live, tmp_path) == code


@pytest.fixture
def on_its_way(store: Store, tmp_path: Path, settings: Settings) -> CityPrice:
    """A price of 13,500 that a rule was allowed while no margin was wanted; the list of 15,000 is still out."""
    settings.PRICE_LISTS_DIR = tmp_path / "price-lists"
    row = kettle_of(store, floor=12_000, least_margin=None)
    assert publish.publish(store.pk).refusal is None
    assert gateway.send(by_rule(row, 13_500)).state == State.APPROVED
    row.refresh_from_db()
    return row


def wish_eight(row: CityPrice, seller: User) -> None:
    product = Product.everything.get(pk=row.product_id)
    edit_pricing(product, PricingEdit(product.version, {"least_margin": EIGHT}), seller)


def test_a_floor_that_rises_over_a_price_on_its_way_stops_no_list(on_its_way: CityPrice, seller: User) -> None:
    wish_eight(on_its_way, seller)
    assert publish.publish(on_its_way.product.store_id).refusal is None


def test_fees_that_rise_overnight_stop_no_list(store: Store, on_its_way: CityPrice, seller: User) -> None:
    Product.everything.update(least_margin=Decimal("0.01"), purchase_cost=11_000)
    with transaction.atomic():
        mark_stale(store.pk, [on_its_way.product_id])
    assert margins_of(Product.everything.get(pk=on_its_way.product_id)).floor > 13_500
    assert publish.publish(store.pk).refusal is None


def test_a_price_that_came_past_the_gateway_is_under_the_derived_floor(on_its_way: CityPrice, seller: User) -> None:
    store_id = on_its_way.product.store_id
    wish_eight(on_its_way, seller)
    with transaction.atomic():
        CityPrice.everything.filter(pk=on_its_way.pk).update(price=13_499)
        mark_stale(store_id, [on_its_way.product_id])
    assert publish.publish(store_id).refusal["code"] == "under_floor"


@pytest.mark.parametrize(
    "facts", [{"state": State.HELD, "hold_code": "stopped"}, {"why": {"gate": {"earns_margin": False}}}, {"why": {}}]
)
def test_a_price_that_the_gateway_did_not_let_go_with_its_margin_is_refused(
    facts: dict[str, Any], on_its_way: CityPrice, seller: User
) -> None:
    wish_eight(on_its_way, seller)
    ProductPriceUpdate.everything.filter(city_price=on_its_way).update(**facts)
    assert publish.publish(on_its_way.product.store_id).refusal["code"] == "under_floor"


def test_a_typed_floor_binds_also_a_price_on_its_way(on_its_way: CityPrice, seller: User, tmp_path: Path) -> None:
    wish_eight(on_its_way, seller)
    CityPrice.everything.filter(pk=on_its_way.pk).update(floor=14_000, price=14_000)
    assert refused(on_its_way, 13_500, 15_000, tmp_path) == "under_floor"


def test_a_price_under_its_floor_is_put_right_though_an_alarm_is_unread(on_its_way: CityPrice, seller: User) -> None:
    store = on_its_way.product.store
    wish_eight(on_its_way, seller)
    now = timezone.now()
    Store.everything.filter(pk=store.pk).update(built_at=now, published_at=now - timedelta(hours=1))
    notify(store.pk, "price_list_refused", event="list-refused", facts={"code": "shrunk", "read": 7})
    Notification.everything.update(created_at=now - timedelta(minutes=16))
    other = cast.city_price(cast.product(store, "OTHER", card_id="100000002"))
    assert gateway.send(by_rule(other, 9_900)).hold_code == "alarm_unread"
    corrected = decide(on_its_way, rival=13_000)
    assert (corrected.state, corrected.new_price) == (State.APPROVED, EIGHT_FROM)


# --- What every change tells ------------------------------------------------------------------------------------------


def test_a_change_keeps_its_fees_line_by_line(store: Store) -> None:
    told = decide(kettle_of(store), rival=14_901).why["profit"]
    assert told["lines"]["new"] == {
        "price": 14_900,
        "purchase": 9_500,
        "packaging": 150,
        "commission": 1_863,
        "delivery": 1_275,
        "tax": 447,
        "bonus": 0,
        "returns_reserve": 0,
        "profit": told["new"],
    }
    assert told["lines"]["old"]["profit"] == told["old"] == 1_750
    assert told["codes"] == [
        ["bonus", "no-bonus"],
        ["commission", "commission-2026-general"],
        ["delivery", "delivery-2026"],
        ["returned", "no-returns"],
        ["turnover_tax", "simplified-almaty"],
        ["vat", "vat-2026"],
    ]
    assert told["day"] == "2026-03-01"
