"""One more store, person or repriced product: at, below and above what the tariff has room for, by every door."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import translation
from pytest_django.fixtures import Settings

from landing.models import Tariff
from stores.models import CatalogueBatch, Membership, Product, Store
from stores.models.roles import Role
from stores.services import catalogue, teams
from stores.services.catalogue import ProductChange, apply_changes, undo_batch
from stores.services.errors import Refusal
from stores.services.prices.pricing_edit import PricingEdit, edit_pricing
from stores.services.prices.rules import change_rule, delete_rule
from stores.services.store import change_store, close_store, open_store
from stores.services.subscription.limits import Limit, Room, payer_of, require_room, room_for
from tests import cast
from users.models import User, UserTariff

pytestmark = pytest.mark.django_db
Strategy = Product.Strategy
Source = CatalogueBatch.Source


@pytest.fixture(autouse=True)
def billing(settings: Settings) -> None:
    settings.BILLING = True


def refused(work: Callable[[], Any]) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        work()
    return refusal.value


def manual(store: Store, sku: str, **values: Any) -> Product:
    return cast.product(store, sku, strategy=Strategy.MANUAL, **values)


def reprice(product: Product, actor: User, **values: Any) -> None:
    product.refresh_from_db()
    edit_pricing(product, PricingEdit(product.version, {"strategy": Strategy.MATCH} | values), actor)


def strategies(store: Store) -> dict[str, str]:
    return dict(Product.everything.filter(store=store).values_list("sku", "strategy"))


# --- The one answer ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("used", "is_enough"), [(1, True), (2, True), (3, False)])
def test_below_and_at_the_limit_there_is_room_and_above_there_is_none(
    store: Store, seller: User, used: int, is_enough: bool
) -> None:
    cast.subscription(seller, product_limit=2)
    for number in range(used):
        cast.product(store, f"SKU-{number}")
    room = room_for(seller, Limit.PRODUCTS)
    assert (room.used, room.most, room.is_enough) == (used, 2, is_enough)


@pytest.mark.parametrize(
    ("wanted", "code", "larger"),
    [(10, "free", None), (11, "free", "solo"), (301, "free", "shop"), (20_001, "free", None), (301, "solo", "shop")],
)
def test_the_answer_names_the_cheapest_tariff_that_has_room(
    seller: User, wanted: int, code: str, larger: str | None
) -> None:
    cast.subscription(seller, code=code)
    found = room_for(seller, Limit.PRODUCTS, more=wanted).larger
    assert (found.code if found else None) == larger


def test_a_hidden_tariff_is_offered_to_nobody(seller: User) -> None:
    Tariff.objects.filter(code="solo").update(is_visible=False)
    cast.subscription(seller)
    larger = room_for(seller, Limit.PRODUCTS, more=11).larger
    assert larger is not None
    assert larger.code == "shop"


def test_a_refusal_says_the_limit_what_it_would_be_and_who_has_more(store: Store, seller: User) -> None:
    cast.subscription(seller)
    with translation.override("en"):
        refusal = refused(lambda: require_room(seller, Limit.STORES))
    assert refusal.code == "tariff_limit"
    assert str(refusal) == "Stores in the plan “Free”: at most 1; this would make 2. The plan “Shop” has room for 2."


def test_where_no_tariff_has_room_none_is_named(seller: User) -> None:
    cast.subscription(seller, code="chain")
    with translation.override("en"):
        refusal = refused(lambda: require_room(seller, Limit.STORES, more=11))
    assert str(refusal) == "Stores in the plan “Chain”: at most 10; this would make 11."


@pytest.mark.parametrize("is_billed", [True, False])
def test_who_has_no_subscription_and_who_is_not_billed_has_no_limit(
    store: Store, seller: User, settings: Settings, is_billed: bool
) -> None:
    settings.BILLING = is_billed
    if not is_billed:
        cast.subscription(seller, product_limit=0, store_limit=0)
    reprice(manual(store, "SKU-1"), seller)
    open_store("Second", "30125008", seller)
    assert room_for(seller, Limit.PRODUCTS, more=10**6) == Room(Limit.PRODUCTS, 1, 10**6 + 1, None)


# --- Whose tariff counts ----------------------------------------------------------------------------------------------


def test_a_store_counts_for_the_owner_who_came_first(store: Store, seller: User, stranger: User) -> None:
    second = Membership.everything.create(store=store, user=stranger, role=Role.OWNER)
    assert payer_of(store) == seller
    assert [room_for(person, Limit.STORES).used for person in (seller, stranger)] == [1, 0]
    teams.remove(store.memberships.get(user=seller), seller)
    assert payer_of(store) == stranger
    assert [room_for(person, Limit.STORES).used for person in (seller, stranger)] == [0, 1]
    assert second.role == Role.OWNER


def test_what_a_manager_does_counts_for_the_owner(store: Store, seller: User) -> None:
    cast.subscription(seller, product_limit=0)
    manager = cast.person("erlan@example.kz", "Ерлан")
    Membership.everything.create(store=store, user=manager, role=Role.MANAGER)
    product = manual(store, "SKU-1")
    assert refused(lambda: reprice(product, manager)).code == "tariff_limit"
    assert strategies(store) == {"SKU-1": "manual"}


def test_another_tenants_products_take_no_place(store: Store, seller: User, strangers_store: Store) -> None:
    cast.subscription(seller, product_limit=1)
    cast.product(strangers_store)
    reprice(manual(store, "SKU-1"), seller)
    assert strategies(store) == {"SKU-1": "match"}


# --- Stores -----------------------------------------------------------------------------------------------------------


def test_a_store_is_opened_up_to_the_limit_and_a_closed_one_makes_room(store: Store, seller: User) -> None:
    cast.subscription(seller, store_limit=2)
    second = open_store("Second", "30125008", seller)
    assert refused(lambda: open_store("Third", "30125009", seller)).code == "tariff_limit"
    assert Store.everything.count() == 2
    close_store(second, seller)
    open_store("Third", "30125009", seller)


# --- People -----------------------------------------------------------------------------------------------------------


def test_people_are_invited_up_to_the_limit_and_each_counts_once(store: Store, seller: User) -> None:
    cast.subscription(seller, staff_limit=2, store_limit=2)
    teams.invite(store, "a@example.kz", Role.PACKER, seller)
    teams.invite(store, "b@example.kz", Role.PACKER, seller)
    assert refused(lambda: teams.invite(store, "c@example.kz", Role.PACKER, seller)).code == "tariff_limit"
    # Somebody of one store may help in the other one too.
    teams.invite(open_store("Second", "30125008", seller), "a@example.kz", Role.PACKER, seller)
    assert sorted(store.invitations.values_list("email", flat=True)) == ["a@example.kz", "b@example.kz"]
    assert room_for(seller, Limit.PEOPLE).used == 2


def test_who_was_invited_joins_at_the_limit_and_not_above_it(store: Store, seller: User) -> None:
    current = cast.subscription(seller, staff_limit=1)
    guest = cast.person("a@example.kz", "Асель")
    invitation = teams.invite(store, guest.email, Role.PACKER, seller)
    Tariff.objects.filter(pk=current.tariff_id).update(staff_limit=0)
    assert refused(lambda: teams.accept(invitation, guest)).code == "no_room"
    assert not store.memberships.filter(user=guest).exists()
    Tariff.objects.filter(pk=current.tariff_id).update(staff_limit=1)
    assert teams.accept(invitation, guest).role == Role.PACKER


def test_who_is_there_stays_when_the_tariff_shrinks(store: Store, seller: User, assistant: User) -> None:
    cast.subscription(seller, staff_limit=0, store_limit=0, product_limit=0)
    cast.product(store)
    assert store.memberships.count() == 2
    assert teams.change_role(store.memberships.get(user=assistant), Role.MANAGER, seller).role == Role.MANAGER
    assert strategies(store) == {"SKU-1": "undercut"}


# --- Repriced products, by each door ----------------------------------------------------------------------------------


def one_by_hand(store: Store, actor: User) -> None:
    reprice(Product.everything.get(store=store, sku="SKU-2"), actor)


def one_city(store: Store, actor: User) -> None:
    product = Product.everything.get(store=store, sku="SKU-2")
    edit_pricing(product, PricingEdit(product.version, {"strategy": Strategy.MATCH}, city_id=cast.ALMATY), actor)


def many_at_once(store: Store, actor: User) -> None:
    apply_changes(store, [ProductChange("SKU-2", strategy=Strategy.MATCH)], actor, Source.BULK)


def a_file(store: Store, actor: User) -> None:
    cities = {cast.ALMATY: catalogue.CityChange(10_000)}
    new = ProductChange("SKU-9", model="Чайник", strategy=Strategy.MATCH, cities=cities)
    apply_changes(store, [new], actor, Source.UPLOAD)


def a_rule(store: Store, actor: User) -> None:
    Product.everything.filter(sku="SKU-2").update(strategy=Strategy.BY_RULE)
    rule = cast.rule(store, is_on=False)
    change_rule(rule, rule.version, {"is_on": True}, actor)


def the_end_of_a_rule(store: Store, actor: User) -> None:
    """The rule of the category is off and goes; the one of the whole store moves its products from then on."""
    Product.everything.filter(sku="SKU-2").update(strategy=Strategy.BY_RULE, category_code="Kettles")
    of_category = cast.rule(store, "Kettles", is_on=False)
    cast.rule(store, name="All")
    delete_rule(of_category, actor)


DOORS = [one_by_hand, one_city, many_at_once, a_file, a_rule, the_end_of_a_rule]


@pytest.mark.parametrize("door", DOORS)
def test_up_to_the_limit_a_product_may_become_repriced(
    store: Store, seller: User, door: Callable[[Store, User], None]
) -> None:
    cast.product(store, "SKU-1")
    manual(store, "SKU-2")
    cast.subscription(seller, product_limit=2)
    door(store, seller)
    assert room_for(seller, Limit.PRODUCTS).used == 2


@pytest.mark.parametrize("door", DOORS)
def test_above_the_limit_it_is_refused_and_nothing_has_changed(
    store: Store, seller: User, door: Callable[[Store, User], None]
) -> None:
    cast.product(store, "SKU-1")
    manual(store, "SKU-2")
    cast.subscription(seller, product_limit=1)
    assert refused(lambda: door(store, seller)).code == "tariff_limit"
    assert room_for(seller, Limit.PRODUCTS).used == 1
    assert set(strategies(store)) == {"SKU-1", "SKU-2"}


@pytest.mark.parametrize(
    "values",
    [{"strategy": Strategy.MANUAL}, {"strategy": Strategy.MATCH}, {"is_paused": True}, {"price": 9_000}],
    ids=lambda values: next(iter(values)),
)
def test_above_the_limit_everything_but_more_is_done(store: Store, seller: User, values: dict[str, Any]) -> None:
    cast.subscription(seller, product_limit=1)
    product = cast.product(store, "SKU-1")
    cast.product(store, "SKU-2")
    edit_pricing(product, PricingEdit(product.version, values), seller)
    row = cast.city_price(Product.everything.get(pk=product.pk))
    facts = {"strategy": row.product.strategy, "is_paused": row.product.is_paused, "price": row.price}
    assert values.items() <= facts.items()


def test_what_was_paused_at_the_limit_goes_on(store: Store, seller: User) -> None:
    cast.subscription(seller, product_limit=1)
    product = cast.product(store, "SKU-1")
    edit_pricing(product, PricingEdit(product.version, {"is_paused": True}), seller)
    assert refused(lambda: reprice(manual(store, "SKU-2"), seller)).code == "tariff_limit"
    product.refresh_from_db()
    edit_pricing(product, PricingEdit(product.version, {"is_paused": False}), seller)
    change_store(store, {"mode": Store.Mode.PAUSED}, seller)
    change_store(store, {"mode": Store.Mode.AUTOMATIC}, seller)
    assert room_for(seller, Limit.PRODUCTS).used == 1


def test_a_store_that_only_watches_takes_no_place(store: Store, seller: User) -> None:
    cast.subscription(seller, product_limit=0)
    change_store(store, {"mode": Store.Mode.WATCH}, seller)
    reprice(manual(store, "SKU-1"), seller)
    assert strategies(store) == {"SKU-1": "match"}


def test_undo_is_not_refused(store: Store, seller: User) -> None:
    cast.product(store, "SKU-1")
    wish = [ProductChange("SKU-1", strategy=Strategy.MANUAL)]
    batch = apply_changes(store, wish, seller, Source.BULK).batch
    cast.subscription(seller, product_limit=0)
    undo_batch(batch, seller)
    assert strategies(store) == {"SKU-1": "undercut"}


# --- Two at once ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_stores_opened_at_once_at_the_limit_one_is(seller: User) -> None:
    at_once(seller, [lambda: open_store("A", "30125008", seller), lambda: open_store("B", "30125009", seller)])
    assert Store.everything.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_products_of_two_stores_at_once_at_the_limit_one_is_repriced(seller: User) -> None:
    stores = [cast.store(seller, f"3012500{number}", "Күнбағыс") for number in range(2)]
    products = [manual(store, "SKU-1") for store in stores]
    at_once(seller, [lambda: reprice(products[0], seller), lambda: reprice(products[1], seller)])
    assert sorted(Product.everything.values_list("strategy", flat=True)) == ["manual", "match"]


@pytest.mark.django_db(transaction=True)
def test_of_two_people_invited_at_once_at_the_limit_one_is(seller: User) -> None:
    stores = [cast.store(seller, f"3012500{number}", "Күнбағыс") for number in range(2)]
    at_once(
        seller,
        [
            lambda: teams.invite(stores[0], "a@example.kz", Role.PACKER, seller),
            lambda: teams.invite(stores[1], "b@example.kz", Role.PACKER, seller),
        ],
    )
    assert room_for(seller, Limit.PEOPLE).used == 1


def at_once(payer: User, works: list[Callable[[], Any]]) -> None:
    """Two requests for the last place: one is refused."""
    cast.subscription(payer, product_limit=1, store_limit=1, staff_limit=1)
    start = Barrier(len(works))
    codes: list[str] = []

    def work(act: Callable[[], Any]) -> None:
        start.wait()
        try:
            act()
        except Refusal as refusal:
            codes.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=work, args=[act]) for act in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == ["tariff_limit"]
    assert UserTariff.objects.get().user == payer
