"""When to look at a market next, after it was looked at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from stores.models import CardMarket
from stores.services.market import policy
from stores.services.market.rhythms import pullers_of
from stores.services.market.tempo import Shared, read_shared
from stores.services.transactions import database_time

# What a market counts until somebody has valued it.
UNVALUED = 1.0


@dataclass(frozen=True)
class NextLooks:
    """What is known, besides the markets themselves, when a batch of looks is recorded: read once for all of them."""

    now: datetime
    shared: Shared
    # market → the pulls to look before
    pullers: Mapping[int, Sequence[policy.Puller]]

    def note_look(self, market: CardMarket, read_at: datetime, *, has_changed: bool) -> None:
        """
        Learn from a good look, on the market as it was before, and say when the next is due.

        A first picture has nothing before it to compare with, and teaches nothing.
        """
        if market.looked_at is not None:
            elapsed = (read_at - market.looked_at).total_seconds()
            learnt = policy.after_look(history_of(market), self.shared.usual, elapsed, has_changed=has_changed)
            market.rate_changes, market.rate_exposure, market.rate_war = learnt.changes, learnt.exposure, learnt.war
        market.next_look_at = database_time(self.wait_of(market))

    def wait_of(self, market: CardMarket) -> timedelta:
        """How long to leave the market alone from now on."""
        rate = policy.expected_rate(history_of(market), self.shared.usual)
        interval = self.shared.tempo.interval(rate, UNVALUED if market.value is None else market.value)
        now, pullers = self.now.timestamp(), self.pullers.get(market.pk, ())
        return timedelta(seconds=policy.next_look_at(market.pk, now, interval, pullers, self.shared.tempo) - now)


def read_next_looks(market_ids: Iterable[int]) -> NextLooks:
    """For these markets; as many queries as for one."""
    return NextLooks(timezone.now(), read_shared(), pullers_of(market_ids))


def history_of(market: CardMarket) -> policy.History:
    """What the looks have told about the market."""
    return policy.History(market.rate_changes, market.rate_exposure, market.rate_war)
