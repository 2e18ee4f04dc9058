"""A person looks at a refused list and lets it go: as far as he saw it, and no further."""

from pathlib import Path

import pytest
from django.db import transaction

from stores.models import Availability, CityPrice, Membership, Notification, PriceListVersion, PriceStop, Store
from stores.services.errors import Forbidden, Refusal
from stores.services.prices.price_list import publish
from stores.services.prices.price_list.refused import ReleaseConsent, accept, consent_of, release_anyway
from stores.services.prices.price_list.stale_offers import mark_stale
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
PRODUCTS = 20


@pytest.fixture(autouse=True)
def shop(store: Store, price_lists_dir: Path) -> Store:
    """Twenty products; their price list is out."""
    for number in range(PRODUCTS):
        cast.product(store, f"SKU-{number}", card_id=f"1000000{number:02}")
    assert built(store).refusal is None
    return store


def built(store: Store) -> PriceListVersion:
    version = publish.publish(store.pk)
    assert version is not None
    return version


def go_off(store: Store, count: int) -> None:
    """So many products are off sale, and nobody has said so."""
    with transaction.atomic():
        Availability.everything.filter(product__store=store).update(is_available=True)
        names = [f"SKU-{number}" for number in range(count)]
        Availability.everything.filter(product__store=store, product__sku__in=names).update(is_available=False)
        mark_stale(store.pk, store.products.values_list("pk", flat=True))


def refused(store: Store, count: int) -> PriceListVersion:
    go_off(store, count)
    version = built(store)
    assert version.refusal is not None
    assert version.refusal["read"] == count
    return version


def test_the_list_is_due_at_once_and_goes_out(shop: Store, seller: User) -> None:
    version = refused(shop, 6)
    assert publish.find_due_stores() == []
    release_anyway(version, seller)
    assert publish.find_due_stores() == [shop.pk]
    released = built(shop)
    assert (released.number, released.refusal, released.accepted_by) == (3, None, seller)
    assert consent_of(shop) == ReleaseConsent()


def test_a_yes_given_twice_is_one(shop: Store, seller: User) -> None:
    version = refused(shop, 6)
    for _ in range(2):
        release_anyway(version, seller)
    assert built(shop).refusal is None


def test_more_than_was_seen_is_refused_and_less_goes_out(shop: Store, seller: User) -> None:
    release_anyway(refused(shop, 6), seller)
    again = refused(shop, 7)
    assert again.accepted_by is None
    go_off(shop, 5)
    assert built(shop).refusal is None


def test_a_yes_ends_with_the_next_list(shop: Store, seller: User) -> None:
    release_anyway(refused(shop, 6), seller)
    go_off(shop, 0)
    assert built(shop).refusal is None
    refused(shop, 6)


def test_who_saw_less_is_told_the_new_figures(shop: Store, seller: User) -> None:
    seen = refused(shop, 6)
    refused(shop, 9)
    with pytest.raises(Refusal) as told:
        release_anyway(seen, seller)
    assert told.value.code == "list_moved_on"
    assert "(9)" in str(told.value)
    assert consent_of(shop) == ReleaseConsent()


def test_who_saw_no_less_may_say_yes_though_the_list_was_built_again(shop: Store, seller: User) -> None:
    seen = refused(shop, 6)
    refused(shop, 5)
    release_anyway(seen, seller)
    assert consent_of(shop) == ReleaseConsent(seller, {"off_sale": 6})
    assert built(shop).refusal is None


def test_what_was_not_seen_at_all_is_new(shop: Store, seller: User) -> None:
    seen = refused(shop, 6)
    CityPrice.everything.filter(product__store=shop).update(ceiling=13_000, price=12_500)
    refusal = built(shop).refusal
    assert refusal is not None
    assert [each["code"] for each in (refusal, *refusal["also"])] == ["off_sale", "many_moved"]
    with pytest.raises(Refusal) as told:
        release_anyway(seen, seller)
    assert told.value.code == "list_moved_on"


def test_one_yes_is_for_all_that_the_list_was_refused_for(shop: Store, seller: User) -> None:
    CityPrice.everything.filter(product__store=shop).update(ceiling=13_000, price=12_500)
    version = refused(shop, 6)
    release_anyway(version, seller)
    assert consent_of(shop).figures == {"off_sale": 6, "many_moved": PRODUCTS}
    assert built(shop).refusal is None


def test_a_list_that_was_released_since_is_the_last_word(shop: Store, seller: User) -> None:
    version = refused(shop, 6)
    go_off(shop, 0)
    built(shop)
    with pytest.raises(Refusal) as told:
        release_anyway(version, seller)
    assert told.value.code == "list_moved_on"
    refused(shop, 6)
    with pytest.raises(Refusal):
        release_anyway(version, seller)


def test_nobody_lets_a_wrong_list_go(shop: Store, seller: User) -> None:
    shop.products.filter(sku="SKU-3").update(model="bell \x07")
    go_off(shop, 0)
    version = built(shop)
    for say_yes in (accept, release_anyway):
        with pytest.raises(Refusal) as told:
            say_yes(version, seller)
        assert told.value.code == "not_acceptable"
    assert PriceListVersion.everything.get(pk=version.pk).accepted_by is None
    assert publish.find_due_stores() == []


def test_who_may_not_change_prices_lets_nothing_go(shop: Store, stranger: User) -> None:
    version = refused(shop, 6)
    Membership.everything.create(store=shop, user=stranger, role=Membership.Role.VIEWER)
    with pytest.raises(Forbidden):
        release_anyway(version, stranger)
    assert consent_of(shop) == ReleaseConsent()


def test_what_was_accepted_goes_out_while_prices_are_stopped_too(shop: Store, seller: User) -> None:
    release_anyway(refused(shop, 6), seller)
    PriceStop.objects.create(reason="drill")
    version = built(shop)
    assert (version.keeps_prices, version.refusal) == (True, None)
    go_off(shop, 12)
    assert (built(shop).keeps_prices, built(shop).refusal["read"]) == (True, 6)


def test_each_new_run_of_refusals_is_told(shop: Store, seller: User) -> None:
    told = Notification.everything.filter(kind="price_list_refused")
    refused(shop, 6)
    refused(shop, 7)
    assert told.count() == 1
    go_off(shop, 0)
    built(shop)
    refused(shop, 6)
    assert told.count() == 2
