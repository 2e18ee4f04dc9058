"""From a recorded picture to what happens to our prices."""

from datetime import timedelta

import pytest
from django.utils import timezone

import pricing
from stores.models import (
    Availability,
    CardMarket,
    CityPrice,
    Competitor,
    CompetitorStore,
    Notification,
    PathStep,
    Product,
    ProductPriceUpdate,
    Store,
)
from stores.services.market.watch import has_due_markets
from stores.services.prices import gateway
from stores.services.prices.decide import TRIED_AGAIN, decide_markets, find_left_behind
from stores.services.prices.explain import explain
from stores.services.prices.pricing_edit import PricingEdit, edit_pricing
from stores.services.prices.seen import PULLED_WITHIN, SEEN_WITHIN, alarm_unpulled, alarm_unseen, look_for_unseen
from stores.services.prices.situation import market_of
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
ME = "30125007"
State = ProductPriceUpdate.State


def look_and_decide(row: CityPrice, offers: dict[str, int]) -> int:
    recorded = cast.see(row.market, offers)
    decided = decide_markets(recorded.market_ids)
    row.refresh_from_db()
    return decided


def test_a_rival_undercuts_and_we_answer(row: CityPrice) -> None:
    assert look_and_decide(row, {ME: 10_000, "a": 9_500}) == 1
    assert (row.price, row.lowest_rival, row.place) == (9_499, 9_500, 2)
    update = ProductPriceUpdate.everything.get()
    seen = {"merchant_id": "a", "price": 9_500, "rating": 4.5, "reviews": 10, "preorder_days": 0}
    assert update.why["situation"]["offers"][0] == seen
    assert [step["rule"] for step in update.why["steps"]] == ["undercut"]
    assert PathStep.objects.filter(name="decided").exists()


def test_the_rival_leaves_and_the_price_comes_back(row: CityPrice) -> None:
    look_and_decide(row, {ME: 10_000, "a": 9_500, "b": 11_000})
    look_and_decide(row, {ME: 9_499, "b": 11_000})
    assert row.price == 10_999


def test_deciding_twice_or_at_the_wrong_time_changes_nothing_more(row: CityPrice) -> None:
    recorded = cast.see(row.market, {ME: 10_000, "a": 9_500})
    assert [decide_markets(recorded.market_ids) for _ in range(3)] == [1, 0, 0]
    CardMarket.objects.update(is_undecided=True)  # a worker died before it could say "decided"
    assert decide_markets(recorded.market_ids) == 0
    assert ProductPriceUpdate.everything.count() == 1


def test_what_a_dead_worker_left_is_found(row: CityPrice) -> None:
    cast.see(row.market, {ME: 10_000, "a": 9_500})
    assert find_left_behind() == []
    CardMarket.objects.update(looked_at=timezone.now() - timedelta(seconds=11))
    assert find_left_behind() == [row.market_id]
    decide_markets(find_left_behind())
    assert find_left_behind() == []


@pytest.mark.parametrize(
    "changes",
    [{"strategy": Product.Strategy.MANUAL}, {"is_paused": True}],
)
def test_what_is_not_automated_is_not_touched(row: CityPrice, changes: dict[str, object]) -> None:
    Product.everything.filter(pk=row.product_id).update(**changes)
    assert look_and_decide(row, {ME: 10_000, "a": 9_500}) == 0
    assert (row.price, row.lowest_rival, row.place) == (10_000, 9_500, 2)


@pytest.mark.parametrize(("floor", "ceiling"), [(None, 12_000), (8_000, None), (None, None)])
def test_without_both_limits_nothing_moves(store: Store, floor: int | None, ceiling: int | None) -> None:
    row = cast.city_price(cast.product(store, floor=floor, ceiling=ceiling))
    assert look_and_decide(row, {ME: 10_000, "a": 9_500}) == 0
    assert row.price == 10_000


@pytest.mark.parametrize("stance", [Competitor.Stance.OWN, Competitor.Stance.PARTNER, Competitor.Stance.IGNORED])
def test_own_partner_and_ignored_shops_do_not_lead(row: CityPrice, store: Store, stance: str) -> None:
    friend = CompetitorStore.objects.create(merchant_id="friend", name="Second shop", first_seen_at=timezone.now())
    Competitor.everything.create(store=store, competitor_store=friend, stance=stance)
    look_and_decide(row, {ME: 10_000, "friend": 9_000, "a": 9_500})
    assert (row.price, row.lowest_rival) == (9_499, 9_500)


def test_shops_of_one_owner_never_compete(store: Store, seller: User) -> None:
    cast.store(seller, "30777777", "Second shop")
    row = cast.city_price(cast.product(store))
    look_and_decide(row, {ME: 10_000, "30777777": 9_000, "a": 9_500})
    assert (row.price, row.lowest_rival) == (9_499, 9_500)


def test_only_shops_that_stand_on_the_card_are_told_of(store: Store, seller: User) -> None:
    """Which other shops an owner has is kept from the store's people."""
    for merchant_id in ("30777777", "30888888", "30999999"):
        cast.store(seller, merchant_id, f"Shop {merchant_id}")
    row = cast.city_price(cast.product(store))
    look_and_decide(row, {ME: 10_000, "30777777": 9_000, "a": 9_500})
    assert ProductPriceUpdate.everything.get().why["situation"]["not_rivals"] == ["30777777"]


@pytest.mark.parametrize(
    ("stock", "preorder_days", "price"), [(0, None, 10_000), (0, 5, 9_499), (3, 5, 9_499), (None, 5, 9_499)]
)
def test_what_can_be_ordered_ahead_is_priced_though_none_is_there(
    row: CityPrice, stock: int | None, preorder_days: int | None, price: int
) -> None:
    Availability.everything.update(stock_count=stock, preorder_days=preorder_days)
    look_and_decide(row, {ME: 10_000, "a": 9_500})
    assert row.price == price


def test_a_price_set_by_hand_elsewhere_is_left_alone(row: CityPrice) -> None:
    look_and_decide(row, {ME: 11_500, "a": 11_000})
    assert (row.price, ProductPriceUpdate.everything.get().hold_code) == (10_000, "shown_unexpected")


def test_a_first_picture_in_hundredths_moves_nothing(row: CityPrice) -> None:
    look_and_decide(row, {ME: 100, "a": 95})
    assert row.price == 10_000


def test_an_old_picture_is_not_decided_on(row: CityPrice) -> None:
    recorded = cast.see(row.market, {ME: 10_000, "a": 9_500})
    CardMarket.objects.update(looked_at=timezone.now() - timedelta(hours=2))
    assert decide_markets(recorded.market_ids) == 0


def test_two_stores_on_one_card_each_decide_for_themselves(store: Store, strangers_store: Store) -> None:
    mine = cast.city_price(cast.product(store, floor=9_000))
    theirs = cast.city_price(cast.product(strangers_store, floor=9_300))
    look_and_decide(mine, {ME: 10_000, "30999999": 10_000, "a": 9_900})
    theirs.refresh_from_db()
    assert (mine.price, theirs.price) == (9_899, 9_899)


def test_a_published_price_is_seen_when_the_storefront_shows_it(row: CityPrice) -> None:
    look_and_decide(row, {ME: 10_000, "a": 9_500})
    ProductPriceUpdate.everything.update(state=State.PULLED, pulled_at=timezone.now())
    look_and_decide(row, {ME: 10_000, "a": 9_500})
    assert ProductPriceUpdate.everything.get().state == State.PULLED
    look_and_decide(row, {ME: 9_499, "a": 9_500})
    update = ProductPriceUpdate.everything.get()
    assert update.state == State.SEEN
    assert update.seen_at is not None


def test_only_a_picture_newer_than_the_pull_proves_it(row: CityPrice) -> None:
    look_and_decide(row, {ME: 10_000, "a": 9_500})
    for changes in (
        {"state": State.PUBLISHED, "pulled_at": None},
        {"state": State.PULLED, "pulled_at": timezone.now() + timedelta(minutes=1)},
    ):
        ProductPriceUpdate.everything.update(**changes)
        look_and_decide(row, {ME: 9_499, "a": 9_500})
        assert ProductPriceUpdate.everything.get().state == changes["state"]


def test_an_older_price_that_was_never_seen_is_overtaken(row: CityPrice) -> None:
    look_and_decide(row, {ME: 10_000, "a": 9_500})
    look_and_decide(row, {ME: 10_000, "a": 9_400})
    ProductPriceUpdate.everything.update(state=State.PULLED, pulled_at=timezone.now())
    look_and_decide(row, {ME: 9_399, "a": 9_400})
    assert list(row.updates.order_by("pk").values_list("state", flat=True)) == [State.SUPERSEDED, State.SEEN]


def test_a_list_that_nobody_fetches_raises_one_alarm_a_day(row: CityPrice) -> None:
    look_and_decide(row, {ME: 10_000, "a": 9_500})
    ProductPriceUpdate.everything.update(state=State.PUBLISHED, published_at=timezone.now() - PULLED_WITHIN / 2)
    alarm_unpulled()
    assert not Notification.everything.filter(kind="not_pulled").exists()
    ProductPriceUpdate.everything.update(published_at=timezone.now() - PULLED_WITHIN * 2)
    alarm_unpulled()
    alarm_unpulled()
    assert Notification.everything.filter(kind="not_pulled", severity="urgent").count() == 1


def test_a_price_not_seen_in_time_raises_one_alarm(row: CityPrice) -> None:
    look_and_decide(row, {ME: 10_000, "a": 9_500})
    ProductPriceUpdate.everything.update(state=State.PULLED, pulled_at=timezone.now() - SEEN_WITHIN / 2)
    alarm_unseen()
    assert not Notification.everything.filter(kind="not_seen").exists()
    ProductPriceUpdate.everything.update(pulled_at=timezone.now() - SEEN_WITHIN * 2)
    alarm_unseen()
    alarm_unseen()
    alarm = Notification.everything.get(kind="not_seen", severity="urgent")
    assert alarm.facts == {"count": 1, "skus": [row.product.sku]}


@pytest.mark.parametrize(
    ("story", "pulled", "looked", "is_due"),
    [
        ("it may still take its time", 44, 60, False),
        ("nobody has looked since", 46, 60, True),
        ("somebody has looked, but so soon that it proves nothing", 50, 30, True),
        ("somebody has looked for it", 50, 4, False),
        ("it was told already", 91, 100, False),
    ],
)
def test_a_price_that_should_show_is_looked_for(
    row: CityPrice, story: str, pulled: int, looked: int, is_due: bool
) -> None:
    look_and_decide(row, {ME: 10_000, "a": 9_500})
    now = timezone.now()
    ProductPriceUpdate.everything.update(state=State.PULLED, pulled_at=now - timedelta(minutes=pulled))
    CardMarket.objects.update(looked_at=now - timedelta(minutes=looked), next_look_at=now + timedelta(hours=5))
    look_for_unseen()
    assert has_due_markets() == is_due, story


def test_the_stored_situation_decides_the_same_price_again(row: CityPrice) -> None:
    look_and_decide(row, {ME: 10_000, "a": 9_500, "b": 98})
    update = ProductPriceUpdate.everything.get()
    situation = pricing.Situation.from_stored(update.why["situation"])
    assert pricing.decide(situation).price == update.new_price


def test_the_sentence_names_both_prices_and_the_rival(row: CityPrice) -> None:
    look_and_decide(row, {ME: 10_000, "a": 9_500})
    sentence = explain(ProductPriceUpdate.everything.get()).replace("\u202f", " ")
    assert all(part in sentence for part in ("10 000", "9 499", "9 500"))


def test_a_card_far_from_what_it_lately_asked_moves_nothing(row: CityPrice) -> None:
    CardMarket.objects.update(
        recent_median=25_000.4, watched_since=timezone.now() - timedelta(days=1), looked_at=timezone.now()
    )
    assert look_and_decide(row, {ME: 10_000, "a": 9_500, "b": 9_600}) == 0
    assert row.price == 10_000


def test_the_engine_is_told_what_the_card_lately_asked(row: CityPrice) -> None:
    CardMarket.objects.update(
        recent_median=9_999.6, watched_since=timezone.now() - timedelta(days=1), looked_at=timezone.now()
    )
    look_and_decide(row, {ME: 10_000, "a": 9_500, "b": 9_600})
    assert row.price == 9_499
    assert ProductPriceUpdate.everything.get().why["situation"]["recent_median"] == 10_000


def test_a_price_that_cannot_be_decided_blocks_no_other(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [cast.city_price(cast.product(store, f"SKU-{n}", card_id=f"10000000{n}")) for n in range(3)]
    market_ids = [pk for row in rows for pk in cast.see(row.market, {ME: 10_000, "a": 9_500}).market_ids]
    decide = pricing.decide

    def raise_for_the_second(situation: pricing.Situation) -> pricing.Decision:
        if situation.limits.floor == 8_001:
            raise ZeroDivisionError
        return decide(situation)

    monkeypatch.setattr(pricing, "decide", raise_for_the_second)
    CityPrice.everything.filter(pk=rows[1].pk).update(floor=8_001)
    assert decide_markets(market_ids) == 2
    assert list(CityPrice.everything.order_by("pk").values_list("price", flat=True)) == [9_499, 10_000, 9_499]
    assert "ZeroDivisionError" in caplog.text
    CardMarket.objects.update(looked_at=timezone.now() - timedelta(minutes=5))
    assert list(CardMarket.objects.filter(is_undecided=True)) == [rows[1].market]
    assert find_left_behind() == []  # not at once again
    CardMarket.objects.filter(is_undecided=True).update(undecidable_at=timezone.now() - TRIED_AGAIN)
    CardMarket.objects.filter(pk=market_of(rows[0]).pk).update(is_undecided=True)
    assert find_left_behind(limit=1) == [rows[0].market_id]  # others have their turn first
    monkeypatch.undo()
    assert decide_markets(find_left_behind()) == 1
    assert not CardMarket.objects.filter(undecidable_at__isnull=False).exists()


@pytest.mark.parametrize("values", [{"strategy": "fixed", "plan": {"parameters": {"price": 11_000}}}, {"floor": 8_100}])
def test_an_edit_between_the_decision_and_the_sending_wins(
    row: CityPrice, seller: User, monkeypatch: pytest.MonkeyPatch, values: dict[str, object]
) -> None:
    send = gateway.send

    def edit_then_send(intent: gateway.Intent) -> ProductPriceUpdate | None:
        edit_pricing(row.product, PricingEdit(row.product.version, values), seller)
        return send(intent)

    monkeypatch.setattr(gateway, "send", edit_then_send)
    assert look_and_decide(row, {ME: 10_000, "a": 9_500}) == 0
    assert (row.price, row.updates.count()) == (10_000, 0)
