"""What is written after a look, and what is not."""

import math
from datetime import UTC, datetime, timedelta

import pytest

import kaspi
from stores.models import CardMarket, CompetitorProduct, CompetitorProductMonitoring, CompetitorStore, Store
from stores.services.market.look import Look
from stores.services.market.record import record
from stores.services.market.watch import claim_due_markets
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def market(store: Store) -> CardMarket:
    return cast.city_price(cast.product(store)).market


def history() -> list[tuple[str, str, int | None, int | None]]:
    rows = CompetitorProductMonitoring.objects.order_by("pk")
    return list(rows.values_list("kind", "competitor_store__merchant_id", "price_before", "price_after"))


def picture() -> dict[str, tuple[int, int]]:
    rows = CompetitorProduct.objects.values_list("competitor_store__merchant_id", "price", "place")
    return {merchant: (price, place) for merchant, price, place in rows}


def test_the_first_look_records_everybody(market: CardMarket) -> None:
    cast.see(market, {"me": 10_000, "a": 9_800, "b": 9_900})
    market.refresh_from_db()
    assert picture() == {"a": (9_800, 1), "b": (9_900, 2), "me": (10_000, 3)}
    assert [kind for kind, *_ in history()] == ["came", "came", "came"]
    assert (market.lowest, market.median, market.offer_count, market.leader.merchant_id) == (9_800, 9_900, 3, "a")
    assert (market.look_number, market.is_undecided, market.claim) == (1, True, "")


def test_the_same_answer_twice_writes_nothing(market: CardMarket) -> None:
    cast.see(market, {"a": 9_800, "b": 9_900})
    stamps = list(CompetitorProduct.objects.values_list("pk", "changed_at"))
    cast.see(market, {"a": 9_800, "b": 9_900})
    assert len(history()) == 2
    assert list(CompetitorProduct.objects.values_list("pk", "changed_at")) == stamps


def test_came_moved_left_returned_are_told_apart(market: CardMarket) -> None:
    cast.see(market, {"a": 9_800, "b": 9_900})
    cast.see(market, {"a": 9_700, "b": 9_900})
    cast.see(market, {"b": 9_900})
    cast.see(market, {"a": 9_600, "b": 9_900, "c": 9_950})
    assert history()[2:] == [
        ("moved", "a", 9_800, 9_700),
        ("left", "a", 9_700, None),
        ("returned", "a", None, 9_600),
        ("came", "c", None, 9_950),
    ]
    market.refresh_from_db()
    assert market.changes_seen == 6


@pytest.mark.parametrize(
    ("story", "answer", "word"),
    [
        ("the storefront is away", kaspi.Unavailable("connection refused"), "Unavailable"),
        ("our address is unwelcome", kaspi.Blocked("a page instead of data"), "Blocked"),
        ("half a list", kaspi.PartialAnswer("page 2 failed"), "PartialAnswer"),
        ("an empty list is not 'no rivals'", {}, "EmptyAnswer"),
        ("all prices a hundredth: other units", {"a": 98, "b": 99}, "OtherUnits"),
        ("all prices tenfold: other units", {"a": 98_000, "b": 99_000}, "OtherUnits"),
    ],
)
def test_what_cannot_be_true_changes_nothing(
    market: CardMarket, story: str, answer: dict[str, int] | kaspi.KaspiError, word: str
) -> None:
    cast.see(market, {"a": 9_800, "b": 9_900})
    before, events = picture(), history()
    recorded = cast.see(market, answer)
    market.refresh_from_db()
    assert (picture(), history()) == (before, events), story
    assert (recorded.market_ids, recorded.failed, recorded.looked_at) == ([], 1, None)
    assert (market.look_number, market.failures) == (1, 1)
    assert market.last_error.startswith(word)
    assert market.claim == ""


def test_a_slip_of_one_rival_is_not_other_units(market: CardMarket) -> None:
    cast.see(market, {"me": 10_000, "a": 9_800})
    assert cast.see(market, {"me": 10_000, "a": 98}).failed == 0


def test_a_good_look_forgets_the_failures(market: CardMarket) -> None:
    cast.see(market, kaspi.Unavailable("away"))
    cast.see(market, {"a": 9_800})
    market.refresh_from_db()
    assert (market.failures, market.last_error) == (0, "")


def test_who_lost_the_claim_writes_nothing(market: CardMarket) -> None:
    cast.make_due(market)
    sleeper = claim_due_markets(10)
    CardMarket.objects.update(claim="somebody else")
    recorded = record(sleeper, [Look(market, cast.offers(market, {"a": 9_800}))])
    assert recorded.market_ids == []
    assert history() == []
    assert CardMarket.objects.get().claim == "somebody else"


def test_merchants_keep_one_row_and_follow_their_name(market: CardMarket, store: Store) -> None:
    other = cast.city_price(cast.product(store, "SKU-2", card_id="100000002")).market
    cast.see(market, {"a": 9_800})
    cast.make_due(other)
    claim = claim_due_markets(10)
    record(claim, [Look(other, cast.offers(other, {"a": 5_000}, name="Renamed"))])
    assert list(CompetitorStore.objects.values_list("merchant_id", "name")) == [("a", "Renamed a")]


def test_articles_that_differ_in_case_only_are_two_merchants(market: CardMarket) -> None:
    cast.see(market, {"Sapa": 9_800, "sapa": 9_900, "sapa ": 9_950})
    assert CompetitorStore.objects.count() == 3


class TestRecentMedian:
    """What a card usually asks: a slow average that is unknown at first."""

    START = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)

    def look(self, market: CardMarket, price: int, *, hours: float) -> float | None:
        cast.make_due(market)
        offers = cast.offers(market, {"a": price}, read_at=self.START + timedelta(hours=hours))
        record(claim_due_markets(1), [Look(market, offers)])
        market.refresh_from_db()
        return market.recent_median

    def test_a_new_card_has_none_until_it_was_watched_for_six_hours(self, market: CardMarket) -> None:
        assert self.look(market, 9_000, hours=0) is None
        assert self.look(market, 9_100, hours=5.9) is None
        assert self.look(market, 9_200, hours=6) == 9_200
        assert market.watched_since == self.START

    def test_an_evening_moves_it_little_and_a_season_wholly(self, market: CardMarket) -> None:
        self.look(market, 10_000, hours=0)
        self.look(market, 10_000, hours=6)
        assert self.look(market, 5_000, hours=10) == pytest.approx(9_730, abs=1)
        assert self.look(market, 5_000, hours=6 + 3 * 72) == pytest.approx(5_000, rel=0.06)

    def test_many_looks_weigh_as_much_as_the_time_they_cover(self, market: CardMarket) -> None:
        self.look(market, 500, hours=0)
        self.look(market, 500, hours=6)
        for minutes in range(15, 72 * 60 + 1, 15):
            self.look(market, 520, hours=6 + minutes / 60)
        assert market.recent_median == pytest.approx(500 + 20 * (1 - 1 / math.e), abs=0.01)

    def test_a_look_that_reads_back_in_time_weighs_nothing(self, market: CardMarket) -> None:
        self.look(market, 10_000, hours=0)
        self.look(market, 10_000, hours=7)
        assert self.look(market, 9_000, hours=6.5) == 10_000


def test_an_answer_in_other_units_is_kept_in_mind_until_the_next_good_one(market: CardMarket) -> None:
    cast.see(market, {"a": 9_800})
    cast.see(market, {"a": 98})
    market.refresh_from_db()
    assert (market.median, market.refused_median) == (9_800, 98)
    assert market.refused_at > market.looked_at
    cast.see(market, kaspi.Unavailable("away"))
    market.refresh_from_db()
    assert market.refused_median == 98
    cast.see(market, {"a": 9_700})
    market.refresh_from_db()
    assert (market.refused_median, market.refused_at) == (None, None)


class TestMovedForGood:
    """A card whose prices really fell to a tenth: the answers that were refused become the market."""

    START = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)

    def look(self, market: CardMarket, price: int, *, hours: float) -> int:
        """The median on record after one look that saw this price."""
        cast.make_due(market)
        offers = cast.offers(market, {"a": price}, read_at=self.START + timedelta(hours=hours))
        record(claim_due_markets(1), [Look(market, offers)])
        market.refresh_from_db()
        return market.median

    def test_three_refused_looks_over_three_hours_are_believed(self, market: CardMarket) -> None:
        self.look(market, 100_000, hours=0)
        assert [self.look(market, 10_000, hours=hours) for hours in (1, 2, 3.9)] == [100_000] * 3
        assert (market.refused_looks, market.refused_since) == (3, self.START + timedelta(hours=1))
        assert self.look(market, 11_000, hours=4) == 11_000
        assert (market.refused_median, market.refused_since, market.refused_looks, market.failures) == (
            None,
            None,
            0,
            0,
        )

    def test_two_are_too_few_however_long(self, market: CardMarket) -> None:
        self.look(market, 100_000, hours=0)
        assert [self.look(market, 10_000, hours=hours) for hours in (1, 9, 17)] == [100_000] * 3

    def test_answers_that_do_not_agree_begin_anew(self, market: CardMarket) -> None:
        self.look(market, 100_000, hours=0)
        assert [self.look(market, 10_000, hours=hours) for hours in (1, 2, 3)] == [100_000] * 3
        assert self.look(market, 12_001, hours=4.5) == 100_000
        assert (market.refused_median, market.refused_looks) == (12_001, 1)
        assert self.look(market, 12_001, hours=7) == 100_000

    def test_a_good_look_between_begins_anew(self, market: CardMarket) -> None:
        self.look(market, 100_000, hours=0)
        assert [self.look(market, 10_000, hours=hours) for hours in (1, 2, 3)] == [100_000] * 3
        assert self.look(market, 99_000, hours=3.5) == 99_000
        assert self.look(market, 10_000, hours=5) == 99_000
