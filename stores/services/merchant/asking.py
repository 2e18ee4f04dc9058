"""
The one way to ask the official API for a store: with its token, at its pace, and hearing when the token is dead.

    orders = ask(store, lambda api: kaspi.OrdersApi(api).page(…))
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

import kaspi
from stores.models import MerchantToken, Store
from stores.services.errors import Refusal
from stores.services.market.egress import PacedTransport, transport_through
from stores.services.market.pace import NoTurn, Pace
from stores.services.merchant.sealing import open_token
from stores.services.merchant.verdicts import note_rejected, note_taken

Answer = TypeVar("Answer")
Question = Callable[[kaspi.MerchantApi], Awaitable[Answer]]

# Whatever keeps an answer from us now: a later call may get one, but for what is Refused.
CANNOT_ASK = (kaspi.KaspiError, NoTurn, RedisError)


class NoToken(Refusal):
    """The store has no token that the marketplace takes."""


def ask(store: Store, question: Question[Answer]) -> Answer:
    """
    The answer to a question asked with the store's token.

    Raises NoToken, vault.CannotOpen, and what CANNOT_ASK names. A TokenRejected is written down before it goes on: the
    store's work with the API rests from then on, and the seller is told once.
    """
    token = usable_token(store)
    try:
        answer = ask_with(open_token(token), store, question)
    except kaspi.TokenRejected:
        note_rejected(token)
        raise
    note_taken(token)
    return answer


def ask_with(token: kaspi.Token, store: Store, question: Question[Answer]) -> Answer:
    """The same with a token that need not be the store's yet. Raises what CANNOT_ASK names."""
    return asyncio.run(_ask(token, store, question))


def usable_token(store: Store) -> MerchantToken:
    """
    The store's token, not opened. Raises NoToken when there is none, the marketplace has refused it, or the store is
    closed by now.
    """
    token = MerchantToken.objects.for_store(store).filter(store__closed_at=None).first()
    if token is None:
        raise NoToken("no_token", _("This store has no API token yet. Its owner enters it under “Connection”."))
    if token.state == MerchantToken.State.REFUSED:
        raise NoToken("token_refused", _("The marketplace refuses the store's API token. Its owner enters a new one."))
    return token


def has_usable_token(path: str) -> Exists:
    """The same of rows whose store's id is at this path, as a condition of a query."""
    taken = MerchantToken.everything.exclude(state=MerchantToken.State.REFUSED)
    return Exists(taken.filter(store=OuterRef(path), store__closed_at=None))


async def _ask(token: kaspi.Token, store: Store, question: Question[Answer]) -> Answer:
    # The marketplace names no rate; each token keeps its own pace, whichever address it leaves through.
    lane = f"merchant-token/{store.pk}"
    async with (
        transport_through(settings.EGRESS[0]) as transport,
        Pace(settings.REDIS_URL, settings.MERCHANT_CALLS_PER_SECOND, (lane,)) as pace,
    ):
        paced = PacedTransport({lane: transport}, pace)
        api = kaspi.MerchantApi(settings.KASPI_URL, token, paced, _now, merchant_id=store.merchant_id)
        return await question(api)


def _now() -> datetime:
    return datetime.now(UTC)
