"""The offers beside each of our prices at one moment of the record, in arrays that grow with the crowd."""

from collections.abc import Sequence

import numpy as np

from pricing.batch import Offers
from pricing.replay.types import Merchant, Rows
from pricing.types import Offer

FIRST_WIDTH = 8
UNKNOWN = -1
# Our own offer stands in this column.
OURS = 0


class Board:
    """
    One row per price of ours, one column per merchant who was ever seen beside it, our own in the first.

    A price of 0 means that the merchant is not there now.
    """

    def __init__(self, rows: int) -> None:
        shape = (rows, FIRST_WIDTH)
        self.offers = Offers(
            price=np.zeros(shape, dtype=np.int64),
            is_mine=np.zeros(shape, dtype=np.bool_),
            is_friend=np.zeros(shape, dtype=np.bool_),
            rating=np.full(shape, np.nan),
            reviews=np.full(shape, UNKNOWN, dtype=np.int64),
            delivery_days=np.full(shape, UNKNOWN, dtype=np.int64),
            preorder_days=np.full(shape, UNKNOWN, dtype=np.int64),
        )
        self.offers.is_mine[:, OURS] = True
        self._columns: list[dict[str, int]] = [{} for _ in range(rows)]

    def seat(self, row: int, merchant: Merchant, *, is_friend: bool = False) -> int:
        """The merchant's column in the row, his own from the first time he is seen there."""
        columns = self._columns[row]
        column = columns.get(merchant.merchant_id)
        if column is None:
            column = columns[merchant.merchant_id] = len(columns) + 1
            if column == self.offers.price.shape[1]:
                self._widen()
            self.offers.is_friend[row, column] = is_friend
            self.describe_merchant(row, column, merchant)
        return column

    def describe_merchant(self, row: int, column: int, merchant: Merchant) -> None:
        """What is known of the merchant, for conditions and for places at equal prices."""
        self.offers.rating[row, column] = np.nan if merchant.rating is None else merchant.rating
        self.offers.reviews[row, column] = UNKNOWN if merchant.reviews is None else merchant.reviews

    def promise(self, row: int, column: int, delivery_days: int | None, preorder_days: int | None) -> None:
        """When the buyer has it from this merchant; None: unknown."""
        self.offers.delivery_days[row, column] = UNKNOWN if delivery_days is None else delivery_days
        self.offers.preorder_days[row, column] = UNKNOWN if preorder_days is None else preorder_days

    def places(self, rows: Rows, shown: Rows) -> Rows:
        """
        Our place in each row if we showed this price, 1 is first; 0 where we show none.

        At equal prices the better rated merchant is first, and we before one who is rated as we are or not at all.
        """
        others, ratings = self.offers.price[rows, 1:], self.offers.rating[rows]
        is_before = (others > 0) & (
            (others < shown[:, None]) | ((others == shown[:, None]) & (ratings[:, 1:] > ratings[:, :1]))
        )
        return np.where(shown > 0, is_before.sum(axis=1) + 1, 0)

    def listed(self, row: int, me: str) -> tuple[Offer, ...]:
        """The offers of one row as the engine is told of them, merchants by their names."""
        names = [me, *self._columns[row]]
        seen = self.offers
        return tuple(
            Offer(
                merchant_id=names[column],
                price=int(seen.price[row, column]),
                rating=None if np.isnan(seen.rating[row, column]) else float(seen.rating[row, column]),
                reviews=_counted(seen.reviews[row, column]),
                delivery_days=_counted(seen.delivery_days[row, column]),
                preorder_days=_counted(seen.preorder_days[row, column]),
            )
            for column in np.flatnonzero(seen.price[row]).tolist()
        )

    def asked(self, row: int) -> Sequence[int]:
        """All prices on the card, ours among them."""
        prices = self.offers.price[row]
        return [int(price) for price in prices[prices > 0]]

    def _widen(self) -> None:
        fills = {"rating": np.nan, "reviews": UNKNOWN, "delivery_days": UNKNOWN, "preorder_days": UNKNOWN}
        wider = {}
        for name in Offers.__slots__:
            part = getattr(self.offers, name)
            wider[name] = np.concatenate([part, np.full_like(part, fills.get(name, 0))], axis=1)
        self.offers = Offers(**wider)


def _counted(count: np.int64) -> int | None:
    return None if count < 0 else int(count)
