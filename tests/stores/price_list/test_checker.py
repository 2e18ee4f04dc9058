"""What the checker says of a list, and where exactly it begins to say no."""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

import kaspi
from stores.models import Availability, CityPrice, Product, SalesPoint, Store
from stores.services import catalogue
from stores.services.prices.price_list import checker
from stores.services.prices.price_list.checker import Check
from stores.services.prices.price_list.faults import Fault
from stores.services.prices.price_list.stale_offers import mark_stale
from tests.cast import ALMATY, ASTANA

pytestmark = pytest.mark.django_db
WhyRefused = Callable[..., Fault | None]
MERCHANT = "30125007"
PRICE, FLOOR, CEILING = 10_000, 7_000, 13_000


@pytest.fixture
def shop(store: Store) -> Store:
    """150 products in two cities; the first has no ceiling, the second no floor."""
    limits = {0: (FLOOR, None), 1: (None, CEILING)}
    there = catalogue.AvailabilityFacts(is_available=True)
    facts = [
        catalogue.ProductFacts(
            sku=f"SKU-{number}",
            card_id="",
            model="Чайник",
            prices={
                city: catalogue.PriceFacts(PRICE, *limits.get(number, (FLOOR, CEILING))) for city in (ALMATY, ASTANA)
            },
            availability={"PP1": there, "PP2": there},
        )
        for number in range(150)
    ]
    catalogue.bring_in(store, [], facts)
    return store


@dataclass(frozen=True)
class List:
    """What a file says; `sold` products of those that are in it are on sale, at both points."""

    merchant_id: str = MERCHANT
    products: int = 150
    sold: int = 150
    prices: dict[str, int] = field(default_factory=dict)

    def write(self, path: Path) -> Path:
        header = kaspi.PriceListHeader("Күнбағыс", self.merchant_id, "2026-03-01T12:00:00")
        names = [f"SKU-{number}" for number in range(self.products)]
        names += [sku for sku in self.prices if sku not in names]
        with path.open("wb") as file:
            kaspi.write_price_list(file, header, map(self._offer, range(len(names)), names))
        return path

    def _offer(self, number: int, sku: str) -> kaspi.PriceListOffer:
        there = number < self.sold
        return kaspi.PriceListOffer(
            sku,
            "Чайник",
            None,
            (kaspi.Availability("PP1", there), kaspi.Availability("PP2", there)),
            None,
            (kaspi.CityPrice(ASTANA, PRICE), kaspi.CityPrice(ALMATY, self.prices.get(sku, PRICE))),
        )


def contents(products: int = 150, sold: int = 150, merchant_id: str = MERCHANT, **moved: int) -> List:
    """The list of the first so many products at the price of the table; `moved`: SKU_5=9_000 in Almaty."""
    return List(merchant_id, products, sold, {name.replace("_", "-"): price for name, price in moved.items()})


def all_moved(count: int, price: int) -> dict[str, int]:
    return {f"SKU_{number}": price for number in range(10, 10 + count)}


@pytest.fixture
def why_refused(tmp_path: Path) -> Callable[..., Fault | None]:
    """What is said of a list that was built before each row was changed for the last time; `as_of` says otherwise."""

    def say(
        new: List, live: List | None, shop: Store, accepted: Mapping[str, int] | None = None, as_of: int = 0
    ) -> Any:
        live_path = None if live is None else live.write(tmp_path / "live.xml")
        return Check(new.write(tmp_path / "new.xml"), live_path, shop, as_of).why_refused(accepted or {})

    return say


LIVE = contents()


@pytest.mark.parametrize(
    ("story", "new", "refusal"),
    [
        ("nothing moved", LIVE, None),
        ("at the floor and at the ceiling", contents(SKU_5=FLOOR, SKU_6=CEILING), None),
        ("under the floor", contents(SKU_5=FLOOR - 1), Fault("under_floor", "SKU-5", ALMATY, FLOOR - 1)),
        ("over the ceiling", contents(SKU_5=CEILING + 1), Fault("over_ceiling", "SKU-5", ALMATY, CEILING + 1)),
        ("under the only limit", contents(SKU_0=FLOOR - 1), Fault("under_floor", "SKU-0", ALMATY, FLOOR - 1)),
        ("over the only limit", contents(SKU_1=CEILING + 1), Fault("over_ceiling", "SKU-1", ALMATY, CEILING + 1)),
        ("another price, no ceiling", contents(SKU_0=PRICE + 1), Fault("not_the_price", "SKU-0", ALMATY, PRICE + 1)),
        ("another price, no floor", contents(SKU_1=PRICE - 1), Fault("not_the_price", "SKU-1", ALMATY, PRICE - 1)),
        ("99 tenge, no floor", contents(SKU_1=99), Fault("under_floor", "SKU-1", ALMATY, 99)),
        ("100 tenge, no floor", contents(SKU_1=100), Fault("not_the_price", "SKU-1", ALMATY, 100)),
        ("nobody knows it", contents(SKU_X=PRICE), Fault("unknown_offer", "SKU-X", ASTANA, PRICE)),
        ("a merchant of another name", contents(merchant_id="3"), Fault("other_merchant", read="3")),
        ("seven products gone, 14 of 300 prices", contents(143), None),
        ("eight products gone, 16 of 300 prices", contents(142), Fault("shrunk", read=16)),
        ("seven products off sale", contents(sold=143), None),
        ("eight products off sale", contents(sold=142), Fault("off_sale", read=16)),
        ("a fiftieth of 300 prices moved far", contents(**all_moved(6, CEILING)), None),
        ("one more", contents(**all_moved(7, CEILING)), Fault("many_moved", read=7)),
        ("many moved a fifth up", contents(**all_moved(30, 12_000)), None),
        ("many moved a fifth and a tenge up", contents(**all_moved(30, 12_001)), Fault("many_moved", read=30)),
        ("many moved a fifth down", contents(**all_moved(30, 8_000)), None),
        ("many moved a fifth and a tenge down", contents(**all_moved(30, 7_999)), Fault("many_moved", read=30)),
    ],
)
def test_what_is_refused(story: str, new: List, refusal: Fault | None, shop: Store, why_refused: WhyRefused) -> None:
    assert why_refused(new, LIVE, shop) == refusal, story


def test_one_reason_hides_another_until_a_person_accepts_it(shop: Store, why_refused: WhyRefused) -> None:
    new = contents(142, sold=0, **all_moved(7, CEILING))
    accepted: dict[str, int] = {}
    reasons = {"shrunk": 16, "off_sale": 284, "many_moved": 7}
    for code, read in reasons.items():
        refusal = why_refused(new, LIVE, shop, accepted)
        assert refusal == Fault(code, read=read)
        assert {each.code: each.read for each in (refusal, *refusal.also)} == reasons
        accepted[code] = read
    assert why_refused(new, LIVE, shop, accepted) is None


@pytest.mark.parametrize("code", ["shrunk", "off_sale", "many_moved"])
def test_a_yes_goes_as_far_as_what_was_seen(code: str, shop: Store, why_refused: WhyRefused) -> None:
    new = contents(142, sold=0, **all_moved(7, CEILING))
    seen = {"shrunk": 16, "off_sale": 284, "many_moved": 7}
    assert why_refused(new, LIVE, shop, seen | {code: seen[code] - 1}) == Fault(code, read=seen[code])
    assert why_refused(new, LIVE, shop, {name: read + 1 for name, read in seen.items()}) is None


def test_the_first_of_what_is_unlike_are_named(shop: Store, why_refused: WhyRefused) -> None:
    refusal = why_refused(contents(142, sold=0, **all_moved(7, CEILING)), LIVE, shop)
    assert [each.examples for each in (refusal, *refusal.also)] == [
        ("SKU-142", "SKU-143", "SKU-144", "SKU-145", "SKU-146"),
        ("SKU-0", "SKU-1", "SKU-2", "SKU-3", "SKU-4"),
        ("SKU-10", "SKU-11", "SKU-12", "SKU-13", "SKU-14"),
    ]


def test_nobody_accepts_a_wrong_price(shop: Store, why_refused: WhyRefused) -> None:
    figures = dict.fromkeys(["under_floor", "over_ceiling", "unknown_offer", "not_the_price"], 1_000_000)
    assert why_refused(contents(SKU_5=FLOOR - 1), LIVE, shop, figures).code == "under_floor"


def test_what_was_live_may_stay_live_without_a_corridor(shop: Store, why_refused: WhyRefused) -> None:
    """The table moved on after the list was built."""
    CityPrice.everything.filter(product__store=shop, product__sku="SKU-0").update(price=PRICE + 500)
    assert why_refused(LIVE, LIVE, shop) is None
    assert why_refused(LIVE, None, shop) == Fault("not_the_price", "SKU-0", ASTANA, PRICE)


def test_what_a_person_confirmed_did_not_move(shop: Store, why_refused: WhyRefused) -> None:
    CityPrice.everything.filter(product__store=shop).update(confirmed_price=CEILING)
    assert why_refused(contents(**all_moved(30, CEILING)), LIVE, shop) is None
    assert why_refused(contents(**all_moved(30, 7_999)), LIVE, shop) == Fault("many_moved", read=30)


@pytest.mark.parametrize(
    ("before", "after", "is_refused"),
    [(2, 1, False), (6, 5, False), (6, 4, True), (8, 6, False), (12, 9, False), (12, 8, True), (11, 8, True)],
)
def test_of_a_small_list_one_product_may_go_or_a_few_that_are_no_quarter(
    before: int, after: int, is_refused: bool, shop: Store, why_refused: WhyRefused
) -> None:
    small, gone = contents(before), 2 * (before - after)
    assert why_refused(contents(after), small, shop) == (Fault("shrunk", read=gone) if is_refused else None)
    off = contents(before, sold=after)
    assert why_refused(off, small, shop) == (Fault("off_sale", read=gone) if is_refused else None)


def test_of_a_small_list_five_prices_may_move(shop: Store, why_refused: WhyRefused) -> None:
    small = contents(12)
    names = [f"SKU_{number}" for number in range(2, 8)]
    assert why_refused(contents(12, **dict.fromkeys(names[:5], CEILING)), small, shop) is None
    assert why_refused(contents(12, **dict.fromkeys(names, CEILING)), small, shop) == Fault("many_moved", read=6)


def test_an_offer_that_nobody_knows_is_refused_also_where_it_was_live_and_moved(
    shop: Store, why_refused: WhyRefused
) -> None:
    live, new = contents(SKU_X=PRICE), contents(SKU_X=3 * PRICE)
    assert why_refused(new, live, shop) == Fault("unknown_offer", "SKU-X", ASTANA, PRICE)


def test_another_stores_rows_are_not_asked(shop: Store, strangers_store: Store, why_refused: WhyRefused) -> None:
    theirs = contents(merchant_id=strangers_store.merchant_id)
    assert why_refused(theirs, LIVE, strangers_store) == Fault("unknown_offer", "SKU-0", ASTANA, PRICE)


def damaged(shop: Store, path: Path, was: bytes, becomes: bytes) -> Fault | None:
    body = LIVE.write(path).read_bytes()
    path.write_bytes(body.replace(was, becomes, 1))
    assert path.read_bytes() != body
    return Check(path, None, shop, as_of=0).why_refused()


@pytest.mark.parametrize(
    ("was", "becomes", "refusal"),
    [
        (b'<offer sku="SKU-8">', b'<offer sku="SKU-7">', Fault("out_of_place", "SKU-7")),
        (b"</offers>", b"<x/></offers>", Fault("malformed", read="line 159: not an offer as it is written")),
        (b"</kaspi_catalog>\n", b"", Fault("malformed", read="line 160: not the end of a price list")),
        (b"<merchantid>", b"<merchant>", Fault("malformed", read="line 1: not the head of a price list")),
    ],
)
def test_what_is_damaged_is_refused(was: bytes, becomes: bytes, refusal: Fault, shop: Store, tmp_path: Path) -> None:
    assert damaged(shop, tmp_path / "list.xml", was, becomes) == refusal


def test_a_price_for_every_city_is_refused(shop: Store, tmp_path: Path) -> None:
    path = LIVE.write(tmp_path / "list.xml")
    path.write_bytes(re.sub(b"<cityprices>.*</cityprices>", b"<price>9500</price>", path.read_bytes(), count=1))
    refusal = Check(path, None, shop, as_of=0).why_refused()
    assert refusal == Fault("price_without_city", "SKU-0", read=9_500)


def test_a_list_that_is_not_there_is_no_list(shop: Store, tmp_path: Path) -> None:
    refusal = Check(tmp_path / "gone.xml", None, shop, as_of=0).why_refused()
    assert (refusal.code, str(tmp_path / "gone.xml") in refusal.read) == ("malformed", True)


@pytest.mark.parametrize("cut", [0, 10, -20])
def test_a_live_list_that_cannot_be_read_is_compared_with_nothing(
    shop: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture, cut: int
) -> None:
    live, new = LIVE.write(tmp_path / "live.xml"), contents(120).write(tmp_path / "new.xml")
    assert Check(new, live, shop, as_of=0).why_refused() == Fault("shrunk", read=60)
    assert not caplog.records
    live.write_bytes(live.read_bytes()[:cut])
    with caplog.at_level(logging.ERROR):
        assert Check(new, live, shop, as_of=0).why_refused() is None
    [record] = caplog.records
    assert record.getMessage().startswith(f"the live price list {live} cannot be read: line ")


# A list that was built after the last change of each row stands exactly as the rows


UNCHANGED = 10**9


def of_first(shop: Store) -> dict[str, Any]:
    return {"product__store": shop, "product__sku": "SKU-5"}


STALE: dict[str, tuple[Callable[[Store], object], Fault]] = {
    "price": (
        lambda shop: CityPrice.everything.filter(**of_first(shop), city_id=ALMATY).update(price=PRICE + 1),
        Fault("not_the_price", "SKU-5", ALMATY, PRICE),
    ),
    "a city more": (
        lambda shop: CityPrice.everything.create(
            product=Product.everything.get(sku="SKU-5"), city_id="511010000", price=PRICE, confirmed_price=PRICE
        ),
        Fault("not_the_offer", "SKU-5"),
    ),
    "a city less": (
        lambda shop: CityPrice.everything.filter(**of_first(shop), city_id=ALMATY).delete(),
        Fault("unknown_offer", "SKU-5", ALMATY, PRICE),
    ),
    "name": (
        lambda shop: Product.everything.filter(sku="SKU-5").update(model="Самовар"),
        Fault("not_the_offer", "SKU-5"),
    ),
    "brand": (
        lambda shop: Product.everything.filter(sku="SKU-5").update(brand="Qazan"),
        Fault("not_the_offer", "SKU-5"),
    ),
    "article": (
        lambda shop: Product.everything.filter(sku="SKU-5").update(sku="SKU-555"),
        Fault("unknown_offer", "SKU-5", ASTANA, PRICE),
    ),
    "off sale": (
        lambda shop: Availability.everything.filter(**of_first(shop), sales_point__code="PP1").update(
            is_available=False
        ),
        Fault("not_the_offer", "SKU-5"),
    ),
    "stock": (
        lambda shop: Availability.everything.filter(**of_first(shop), sales_point__code="PP1").update(stock_count=3),
        Fault("not_the_offer", "SKU-5"),
    ),
    "pre-order": (
        lambda shop: Availability.everything.filter(**of_first(shop), sales_point__code="PP1").update(preorder_days=3),
        Fault("not_the_offer", "SKU-5"),
    ),
    "a point less": (
        lambda shop: Availability.everything.filter(**of_first(shop), sales_point__code="PP1").delete(),
        Fault("not_the_offer", "SKU-5"),
    ),
    "a closed point": (
        lambda shop: SalesPoint.everything.filter(store=shop, code="PP2").update(is_open=False),
        Fault("not_the_offer", "SKU-0"),
    ),
    "a product more": (
        lambda shop: catalogue.bring_in(
            shop,
            [],
            [
                catalogue.ProductFacts(
                    "SKU-NEW",
                    "",
                    "Чайник",
                    prices={ALMATY: catalogue.PriceFacts(PRICE)},
                    availability={"PP1": catalogue.AvailabilityFacts(is_available=True)},
                )
            ],
        ),
        Fault("missing", read=1),
    ),
    "a product less": (
        lambda shop: Product.everything.filter(sku="SKU-5").delete(),
        Fault("unknown_offer", "SKU-5", ASTANA, PRICE),
    ),
}


@pytest.mark.parametrize("what", list(STALE))
def test_a_list_that_disagrees_with_rows_nobody_marked_is_refused(
    what: str, shop: Store, why_refused: WhyRefused
) -> None:
    assert why_refused(LIVE, LIVE, shop, as_of=UNCHANGED) is None
    change, refusal = STALE[what]
    change(shop)
    assert why_refused(LIVE, LIVE, shop, as_of=UNCHANGED) == refusal


def test_a_product_that_was_marked_since_may_be_as_it_was(shop: Store, why_refused: WhyRefused) -> None:
    as_of = Store.everything.get(pk=shop.pk).catalogue_version
    product = Product.everything.get(sku="SKU-5")
    CityPrice.everything.filter(product=product).update(price=PRICE + 1)
    assert why_refused(LIVE, LIVE, shop, as_of=as_of) == Fault("not_the_price", "SKU-5", ASTANA, PRICE)
    with transaction.atomic():
        mark_stale(shop.pk, [product.pk])
    assert why_refused(LIVE, LIVE, shop, as_of=as_of) is None
    CityPrice.everything.filter(product=product).update(floor=PRICE + 1)
    assert why_refused(LIVE, LIVE, shop, as_of=as_of) == Fault("under_floor", "SKU-5", ASTANA, PRICE)


def test_rows_that_moved_on_under_a_list_that_was_read_overtake_it(shop: Store, tmp_path: Path) -> None:
    as_of = Store.everything.get(pk=shop.pk).catalogue_version
    check = Check(LIVE.write(tmp_path / "new.xml"), None, shop, as_of)
    assert check.why_refused() is None
    assert not check.is_overtaken()
    product = Product.everything.get(sku="SKU-5")
    with transaction.atomic():
        CityPrice.everything.filter(product=product).update(price=PRICE + 1)
        mark_stale(shop.pk, [product.pk])
    assert not check.is_overtaken()
    CityPrice.everything.filter(product=product).update(floor=PRICE + 1)
    assert check.is_overtaken()


def test_with_too_much_changed_a_list_is_built_again(
    shop: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_of = Store.everything.get(pk=shop.pk).catalogue_version
    check = Check(LIVE.write(tmp_path / "new.xml"), None, shop, as_of)
    assert check.why_refused() is None
    with transaction.atomic():
        mark_stale(shop.pk, Product.everything.values_list("pk", flat=True)[:3])
    monkeypatch.setattr(checker, "MOST_CHANGED", 3)
    assert not check.is_overtaken()
    monkeypatch.setattr(checker, "MOST_CHANGED", 2)
    assert check.is_overtaken()


def test_the_number_of_queries_grows_with_portions_only(
    shop: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    path = LIVE.write(tmp_path / "new.xml")
    for portion, queries in ((500, 6), (50, 16)):
        monkeypatch.setattr(checker, "PORTION", portion)
        with django_assert_num_queries(queries):
            assert Check(path, path, shop, UNCHANGED).why_refused() is None
