"""
The one way to ask the official API for a store: with its token, at its pace, and hearing when the token is dead.

    orders = ask(store, lambda api: kaspi.OrdersApi(api).page(…))
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TypeVar

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

import kaspi
import vault
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
    """The store has no token that can be used."""


def ask(store: Store, question: Question[Answer]) -> Answer:
    """
    The answer to a question asked with the store's token.

    Raises NoToken, and what CANNOT_ASK names. A TokenRejected is written down before it goes on: the store's work with
    the API rests from then on, and the seller is told once.
    """
    token = usable_token(store)
    opened = opened_token(token)
    try:
        answer = ask_with(opened, store, question)
    except kaspi.TokenRejected as rejected:
        if not _is_end_of(opened, store, rejected):
            raise kaspi.Refused(*rejected.args) from rejected
        note_rejected(token)
        raise
    note_taken(token)
    return answer


def ask_with(token: kaspi.Token, store: Store, question: Question[Answer]) -> Answer:
    """Like `ask`, with a token that need not be the store's yet. Raises what CANNOT_ASK names."""
    return asyncio.run(_ask(token, store, question))


def stored_token(store: Store) -> MerchantToken:
    """The store's token, not opened. Raises NoToken when there is none, or the store is closed by now."""
    token = MerchantToken.objects.for_store(store).filter(store__closed_at=None).first()
    if token is None:
        raise NoToken("no_token", _("This store has no API token yet. Its owner enters it under “Connection”."))
    return token


def opened_token(token: MerchantToken) -> kaspi.Token:
    """The token itself. Raises NoToken where no key of this installation opens it."""
    try:
        return open_token(token)
    except vault.CannotOpen as error:
        text = _("The store's API token cannot be opened here any more. Its owner enters it once more.")
        raise NoToken("token_unreadable", text) from error


def usable_token(store: Store) -> MerchantToken:
    """Like `stored_token`, but raises NoToken also for one that the marketplace has refused."""
    token = stored_token(store)
    if token.state == MerchantToken.State.REFUSED:
        raise NoToken("token_refused", _("The marketplace refuses the store's API token. Its owner enters a new one."))
    return token


def has_usable_token(path: str) -> Exists:
    """Whether `usable_token` would find one, for rows whose store's id is at this path: a condition of a query."""
    taken = MerchantToken.everything.exclude(state=MerchantToken.State.REFUSED)
    return Exists(taken.filter(store=OuterRef(path), store__closed_at=None))


def _is_end_of(token: kaspi.Token, store: Store, rejected: kaspi.TokenRejected) -> bool:
    """
    A 401 is the end of the token. What a 403 means in the API's own form is not documented: it may be for the one call,
    or for another one's order. Then a small question tells.
    """
    if rejected.status == HTTPStatus.UNAUTHORIZED:
        return True
    try:
        ask_with(token, store, kaspi.MerchantApi.check_token)
    except kaspi.TokenRejected:
        return True
    except CANNOT_ASK:
        return False
    return False


async def _ask(token: kaspi.Token, store: Store, question: Question[Answer]) -> Answer:
    # The marketplace names no rate, nor whether it counts by token or by address: so both have a pace. The address'
    # comes last, for the request leaves with it.
    address = settings.EGRESS[0]
    by_token, by_address = f"merchant-token/{store.pk}", f"merchant-address/{address}"
    async with (
        transport_through(address) as transport,
        Pace(settings.REDIS_URL, settings.MERCHANT_CALLS_PER_SECOND, (by_token,)) as pace_of_token,
        Pace(settings.REDIS_URL, settings.MERCHANT_CALLS_PER_ADDRESS, (by_address,)) as pace_of_address,
    ):
        shared = PacedTransport({by_address: transport}, pace_of_address, kaspi.why_not_answered)
        paced = PacedTransport({by_token: shared}, pace_of_token, kaspi.why_not_answered)
        api = kaspi.MerchantApi(settings.KASPI_URL, token, paced, _now, merchant_id=store.merchant_id)
        return await question(api)


def _now() -> datetime:
    return datetime.now(UTC)
