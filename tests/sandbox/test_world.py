import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.catalogue import catalogue
from sandbox.config import MANUAL_CLOCK_STARTS_AT, WorldConfig
from sandbox.market import Shelf
from sandbox.merchants import OWN_MERCHANT_ID, Character
from sandbox.world import UnknownNameError, World

ROOT = Path(__file__).parents[2]
HOUR = 3600.0

FINGERPRINT = """
import hashlib, json
from sandbox.config import MANUAL_CLOCK_STARTS_AT as start, WorldConfig
from sandbox.world import World
world = World(WorldConfig(seed=5, cards=9, merchant_cards=5), start)
world.advance_to(start + 6 * 3600)
rows = [[s.card.id, s.city_id, [[o.merchant.id, o.sku, o.price] for o in s.ranked()]] for s in world.market]
orders = [repr(order) for order in world.book.orders]
print(hashlib.sha256(json.dumps([rows, orders]).encode()).hexdigest())
"""


def make_world(seed: int = 5, cards: int = 9, merchant_cards: int = 5, tempo: float = 1.0) -> World:
    config = WorldConfig(seed=seed, cards=cards, merchant_cards=merchant_cards, tempo=tempo)
    return World(config, MANUAL_CLOCK_STARTS_AT)


def picture(world: World) -> list[object]:
    return [[s.card.id, s.city_id, [[o.merchant.id, o.sku, o.price] for o in s.ranked()]] for s in world.market]


@pytest.fixture(scope="module")
def full_world() -> World:
    return make_world(seed=1, cards=240, merchant_cards=200)


def test_the_whole_world_has_the_promised_size(full_world: World) -> None:
    assert len(full_world.cards) == len({card.id for card in full_world.cards}) == 240
    assert [city.id for city in full_world.cities] == ["750000000", "710000000", "511010000"]
    assert len(full_world.regulars) == 40
    assert {merchant.character for merchant in full_world.regulars} == set(Character)
    assert len({merchant.name for merchant in full_world.merchants.values()}) == len(full_world.merchants)


def test_cards_look_like_goods(full_world: World) -> None:
    for card in full_world.cards:
        assert re.fullmatch(r"\d{9}", card.id)
        assert card.title.startswith(card.category.noun)
        assert re.fullmatch(r"Master - [A-Z][A-Za-z ]+", card.category.master_code)
        assert 850 <= card.base_price <= 400_000
        assert card.weight_g > 0
    usual = [card for card in full_world.cards if 3_000 <= card.base_price <= 60_000]
    assert len(usual) > 0.6 * len(full_world.cards)


def test_ids_are_mostly_numbers_but_not_all(full_world: World) -> None:
    textual = [merchant.id for merchant in full_world.regulars if not merchant.id.isdigit()]
    assert textual == ["SapaTechno", "aidana_home"]
    assert all(merchant.rating is None for merchant in full_world.merchants.values() if merchant.reviews == 0)
    assert any(merchant.rating is None for merchant in full_world.regulars)


def test_each_shelf_has_three_to_twenty_five_offers_or_is_crowded(full_world: World) -> None:
    sizes = {(shelf.card.id, shelf.city_id): len(shelf) for shelf in full_world.market}
    crowded = {card_id for (card_id, _), size in sizes.items() if size > 64}
    assert len(crowded) == 6
    assert all(3 <= size <= 25 for (card_id, _), size in sizes.items() if card_id not in crowded)


def test_a_small_world_has_two_crowded_cards() -> None:
    crowded = {shelf.card.id for shelf in make_world(cards=7).market if len(shelf) > 64}
    assert len(crowded) == 2


def test_our_merchant_is_on_sale_from_the_beginning(full_world: World) -> None:
    seller = full_world.sellers[OWN_MERCHANT_ID]
    assert {point.code: point.city_id for point in seller.points.values()} == {
        "PP1": "750000000",
        "PP2": "710000000",
        "PP3": "511010000",
    }
    assert [product.card for product in seller.products.values()] == list(full_world.cards[:200])
    for sku, product in seller.products.items():
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,20}", sku)
        assert seller.is_on_sale(product)
        assert 0 < product.cost < product.prices["750000000"]
        assert OWN_MERCHANT_ID in full_world.shelf(product.card.id, "750000000")


def test_our_merchant_is_nowhere_else(full_world: World) -> None:
    others = {card.id for card in full_world.cards[200:]}
    assert not [shelf for shelf in full_world.market if shelf.card.id in others and OWN_MERCHANT_ID in shelf]


def test_the_same_seed_gives_the_same_world() -> None:
    first, second = make_world(), make_world()
    assert picture(first) == picture(second)
    for world in (first, second):
        world.advance_to(MANUAL_CLOCK_STARTS_AT + 12 * HOUR)
    assert picture(first) == picture(second)
    assert first.book.orders == second.book.orders
    assert picture(first) != picture(make_world())


def test_another_seed_gives_another_world() -> None:
    assert picture(make_world(seed=5)) != picture(make_world(seed=6))


def test_one_long_step_equals_many_short_ones() -> None:
    one, many = make_world(), make_world()
    one.advance_to(MANUAL_CLOCK_STARTS_AT + 3 * HOUR)
    for step in range(1, 181):
        many.advance_to(MANUAL_CLOCK_STARTS_AT + step * 60)
    assert picture(one) == picture(many)
    assert one.book.orders == many.book.orders


def test_a_bigger_world_begins_with_the_same_cards() -> None:
    assert make_world(cards=30).cards[:9] == make_world(cards=9).cards


@pytest.mark.parametrize("hash_seed", ["0", "4242"])
def test_another_process_makes_the_same_world(hash_seed: str) -> None:
    world = make_world()
    world.advance_to(MANUAL_CLOCK_STARTS_AT + 6 * HOUR)
    orders = [repr(order) for order in world.book.orders]
    expected = hashlib.sha256(json.dumps([picture(world), orders]).encode()).hexdigest()
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    run = subprocess.run(
        [sys.executable, "-c", FINGERPRINT],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == expected


def test_a_paused_world_stands_still_and_goes_on_where_it_stopped() -> None:
    paused, straight = make_world(), make_world()
    before = picture(paused)
    paused.paused = True
    paused.advance_to(MANUAL_CLOCK_STARTS_AT + 5 * HOUR)
    assert picture(paused) == before
    assert paused.book.purchases == 0
    paused.paused = False
    paused.advance_to(MANUAL_CLOCK_STARTS_AT + 5 * HOUR + 60 * 60)
    straight.advance_to(MANUAL_CLOCK_STARTS_AT + 60 * 60)
    assert paused.book.purchases == straight.book.purchases > 0


def test_time_never_runs_back() -> None:
    world = make_world()
    world.advance_to(MANUAL_CLOCK_STARTS_AT + HOUR)
    after = picture(world)
    world.advance_to(MANUAL_CLOCK_STARTS_AT)
    assert (world.now, picture(world)) == (MANUAL_CLOCK_STARTS_AT + HOUR, after)


def test_tempo_divides_the_intervals() -> None:
    slow, fast = make_world(tempo=1), make_world(tempo=60)
    slow.advance_to(MANUAL_CLOCK_STARTS_AT + HOUR)
    fast.advance_to(MANUAL_CLOCK_STARTS_AT + HOUR / 60)
    assert fast.book.purchases == slow.book.purchases > 0


def test_a_day_of_war_leaves_prices_near_their_worth() -> None:
    world = make_world()
    world.advance_to(MANUAL_CLOCK_STARTS_AT + 24 * HOUR)
    for shelf in world.market:
        for offer in shelf.ranked():
            is_typo_maker = offer.merchant.character is Character.TYPO_MAKER
            assert is_typo_maker or offer.price >= 0.8 * shelf.card.base_price


def test_prices_move_within_an_hour() -> None:
    world = make_world()
    before = {(s.card.id, s.city_id): s.ranked() for s in world.market}
    world.advance_to(MANUAL_CLOCK_STARTS_AT + HOUR)
    moved = [shelf for shelf in world.market if shelf.ranked() != before[shelf.card.id, shelf.city_id]]
    assert len(moved) > len(before) / 2


def rival_on(shelf: Shelf) -> str:
    return next(offer.merchant.id for offer in shelf.ranked() if offer.merchant.id != OWN_MERCHANT_ID)


def test_a_rival_is_moved_by_hand() -> None:
    world = make_world()
    shelf = world.shelf(world.cards[0].id, "750000000")
    rival = rival_on(shelf)
    world.set_price(shelf.card.id, "750000000", rival, 777)
    assert (shelf.ranked()[0].merchant.id, shelf.ranked()[0].price) == (rival, 777)
    world.set_price(shelf.card.id, "750000000", rival, None)
    assert rival not in shelf


def test_a_rival_joins_by_hand() -> None:
    world = make_world()
    shelf = world.shelf(world.cards[0].id, "750000000")
    newcomer = next(merchant.id for merchant in world.regulars if merchant.id not in shelf)
    world.set_price(shelf.card.id, "750000000", newcomer, 12_345)
    offer = shelf.get(newcomer)
    assert offer is not None
    assert offer.price == 12_345


def test_our_own_price_is_changed_by_hand_as_in_the_cabinet() -> None:
    world = make_world()
    shelf = world.shelf(world.cards[0].id, "750000000")
    world.set_price(shelf.card.id, "750000000", OWN_MERCHANT_ID, 4_321)
    offer = shelf.get(OWN_MERCHANT_ID)
    assert offer is not None
    assert offer.price == 4_321
    world.set_price(shelf.card.id, "750000000", OWN_MERCHANT_ID, None)
    assert OWN_MERCHANT_ID not in shelf


@pytest.mark.parametrize(
    ("card_index", "city_id", "merchant_id"),
    [
        (None, "750000000", OWN_MERCHANT_ID),
        (0, "999999999", OWN_MERCHANT_ID),
        (0, "750000000", "nobody"),
        (8, "750000000", OWN_MERCHANT_ID),
    ],
)
def test_what_does_not_exist_is_refused(card_index: int | None, city_id: str, merchant_id: str) -> None:
    world = make_world()
    card_id = "000000000" if card_index is None else world.cards[card_index].id
    before = picture(world)
    with pytest.raises(UnknownNameError):
        world.set_price(card_id, city_id, merchant_id, 500)
    assert picture(world) == before


@pytest.mark.parametrize(
    "wrong", [{"cards": 0}, {"merchant_cards": -1}, {"tempo": 0}, {"pull_every": -5}, {"clock": "sundial"}]
)
def test_impossible_worlds_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        WorldConfig(**wrong)


def test_every_category_has_its_root() -> None:
    roots = {root.code for root in catalogue().roots}
    assert {category.root for category in catalogue().categories} <= roots
