"""What a replay keeps: the time a price held and where it stood, and the offers beside it."""

import numpy as np
import pytest

from pricing import Offer
from pricing.replay import Figures, Merchant
from pricing.replay.board import Board
from pricing.replay.tracks import Track

ROW = np.array([0])


def test_every_second_counts_at_its_own_price_and_place() -> None:
    track = Track(np.array([10_000, 5_000]), np.array([9_000, 0]))

    def until(moment: float) -> None:
        track.settle(ROW, np.array([moment]))

    track.place[:] = 3, 0
    until(110)
    track.move(0, 9_000, 110)
    track.place[0] = 1
    until(300)
    track.move(0, 11_000, 300)
    track.place[0] = 4
    until(600)
    track.place[0] = 0
    track.settle(np.array([0, 1]), np.array([700.0, 700.0]))

    # asked: 110 s at 10,000, 190 s at 9,000, 400 s at 11,000; places: 110 s third, 190 s first, 300 s fourth
    assert track.figures(0) == Figures(
        first=10_000,
        last=11_000,
        lowest=9_000,
        highest=11_000,
        average=10_300,
        changes=2,
        at_floor=0.2714,
        place=2.87,
        first_place=0.3167,
        top_three=0.5,
    )
    assert track.figures(1) == Figures(5_000, 5_000, 5_000, 5_000, 5_000, 0, 0.0, None, None, None)
    assert track.change_times == [110, 300]


def test_a_price_at_or_under_its_floor_is_at_its_floor() -> None:
    track = Track(np.array([9_000, 8_999, 9_001, 9_000]), np.array([9_000, 9_000, 9_000, 0]))
    everybody = np.arange(4)
    track.settle(everybody, np.full(4, 10.0))
    assert [track.figures(row).at_floor for row in everybody] == [1.0, 1.0, 0.0, 0.0]


def test_a_track_does_not_write_into_what_it_was_given() -> None:
    price = np.array([10_000])
    one, other = Track(price, price), Track(price, price)
    one.move(0, 9_000, 1.0)
    assert (price[0], other.price[0], one.first[0]) == (10_000, 10_000, 10_000)
    one.move(0, 9_500, 2.0)
    assert (one.lowest[0], one.highest[0], one.changes[0]) == (9_000, 10_000, 2)


class TestBoard:
    def test_the_table_grows_with_the_crowd(self) -> None:
        board = Board(2)
        board.describe_merchant(0, 0, Merchant("me", 4.5, 10))
        board.offers.price[0, 0] = 10_000
        crowd = [Merchant(f"m{n}", 4.0 + n / 100, n) for n in range(17)]
        for number, merchant in enumerate(crowd):
            column = board.seat(0, merchant, is_friend=number % 2 == 1)
            assert column == number + 1
            board.offers.price[0, column] = 9_000 + number
            board.promise(0, column, number, number % 3)
        assert board.listed(0, "me") == (
            Offer("me", 10_000, 4.5, 10, None, None),
            *(Offer(m.merchant_id, 9_000 + n, m.rating, m.reviews, n, n % 3) for n, m in enumerate(crowd)),
        )
        assert board.offers.price.shape == (2, 32)
        assert board.offers.is_friend[0].tolist() == [False, *(n % 2 == 1 for n in range(17)), *[False] * 14]
        assert board.offers.is_mine[0].tolist() == [True, *[False] * 31]

    def test_what_nobody_said_is_unknown_in_the_new_columns_too(self) -> None:
        board = Board(2)
        for number in range(8):
            board.seat(0, Merchant(f"m{number}"))
        seen = board.offers
        assert seen.price[1].tolist() == [0] * 16
        assert np.isnan(seen.rating).all()
        for counts in (seen.reviews, seen.delivery_days, seen.preorder_days):
            assert counts.tolist() == [[-1] * 16] * 2
        assert not seen.is_friend.any()
        assert seen.is_mine.sum(axis=0).tolist() == [2, *[0] * 15]

    def test_a_merchant_keeps_his_seat(self) -> None:
        board = Board(2)
        assert [board.seat(0, Merchant(name)) for name in ("a", "b", "a")] == [1, 2, 1]
        assert board.seat(1, Merchant("b")) == 1

    def test_who_left_is_neither_listed_nor_asked(self) -> None:
        board = Board(1)
        board.offers.price[0, 0] = 10_000
        board.offers.price[0, board.seat(0, Merchant("a", 4.0, 0))] = 9_000
        board.offers.price[0, board.seat(0, Merchant("gone"))] = 0
        assert board.asked(0) == [10_000, 9_000]
        assert board.listed(0, "me") == (Offer("me", 10_000), Offer("a", 9_000, 4.0, 0))

    @pytest.mark.parametrize(
        ("others", "place"),
        [
            ([], 1),
            ([(9_999, None)], 2),
            ([(10_000, None)], 1),
            ([(10_000, 4.5)], 1),
            ([(10_000, 4.6)], 2),
            ([(10_001, 5.0)], 1),
            ([(0, 5.0)], 1),
            ([(9_000, 1.0), (10_000, 4.9), (10_000, 4.4), (11_000, 5.0)], 3),
        ],
    )
    def test_our_place(self, others: list[tuple[int, float | None]], place: int) -> None:
        board = Board(2)
        board.describe_merchant(1, 0, Merchant("me", 4.5, 1))
        for number, (price, rating) in enumerate(others):
            board.offers.price[1, board.seat(1, Merchant(f"m{number}", rating))] = price
        assert board.places(np.array([1]), np.array([10_000])).tolist() == [place]
        assert board.places(np.array([1]), np.array([0])).tolist() == [0]
