"""
A store's API token: entered, checked with the marketplace, replaced, removed.

Nobody gets it back. Whoever wants to use it goes through `asking`.
"""

from typing import Any

from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

import kaspi
import vault
from stores.models import MerchantToken, Store
from stores.services import access
from stores.services.errors import Refusal
from stores.services.merchant.asking import CANNOT_ASK, NoToken, ask, ask_with, opened_token, stored_token
from stores.services.merchant.sealing import seal_token
from stores.services.merchant.verdicts import note_rejected, note_taken
from stores.services.transactions import in_transaction

State = MerchantToken.State
CHECKED_AT_ONCE = 20


def token_of(store: Store) -> MerchantToken | None:
    """The store's token as people may see it."""
    return MerchantToken.objects.for_store(store).first()


def enter_token(store: Store, text: str, actor: Any) -> MerchantToken:
    """
    Give the store this token, in place of one it may have. The marketplace is asked first; when it does not answer,
    the token is kept and checked later.

    Raises Forbidden, and Refusal: `bad_token`, `token_rejected`, `no_vault_key`; the token before stays then.
    """
    access.require(actor, store, access.Action.CHANGE_STORE)
    token = _read(text)
    state = _verdict_on(token, store)
    return _keep(store, token, state, actor)


def check_token(store: Store, actor: Any) -> MerchantToken:
    """
    Ask the marketplace about the store's token once more, also about one that it refused.

    Raises Forbidden, NoToken, and Refusal: `token_rejected`, `marketplace_silent`.
    """
    access.require(actor, store, access.Action.CHANGE_STORE)
    token = stored_token(store)
    try:
        ask_with(opened_token(token), store, kaspi.MerchantApi.check_token)
    except kaspi.TokenRejected as rejected:
        note_rejected(token)
        raise _rejected() from rejected
    except CANNOT_ASK as error:
        text = _("The marketplace does not answer now. Nothing has changed; try again in a few minutes.")
        raise Refusal("marketplace_silent", text) from error
    note_taken(token)
    return MerchantToken.objects.for_store(store).get()


@in_transaction
def remove_token(store: Store, actor: Any) -> None:
    """Forget the store's token; its work with the official API rests. Raises Forbidden."""
    access.require(actor, store, access.Action.CHANGE_STORE)
    MerchantToken.objects.for_store(store).delete()


def check_unknown_tokens() -> None:
    """Ask the marketplace about the tokens that nobody could check yet, those asked longest ago first."""
    unknown = MerchantToken.everything.filter(state=State.UNKNOWN).select_related("store")
    for token in unknown.order_by("asked_at", "pk")[:CHECKED_AT_ONCE]:
        MerchantToken.everything.filter(pk=token.pk).update(asked_at=Now())
        try:
            ask(token.store, kaspi.MerchantApi.check_token)
        except (*CANNOT_ASK, NoToken):
            continue


def _read(text: str) -> kaspi.Token:
    try:
        return kaspi.Token(text.strip())
    except ValueError:
        message = _("This is no API token: one has 16 to 256 Latin letters, digits and signs, without blanks.")
        raise Refusal("bad_token", message, {"token": [message]}) from None


def _verdict_on(token: kaspi.Token, store: Store) -> State:
    try:
        ask_with(token, store, kaspi.MerchantApi.check_token)
    except kaspi.TokenRejected as rejected:
        raise _rejected() from rejected
    except CANNOT_ASK:
        return State.UNKNOWN
    return State.VALID


def _rejected() -> Refusal:
    text = _("The marketplace does not take this token. Copy it again from its cabinet: Settings → API token.")
    return Refusal("token_rejected", text, {"token": [text]})


@in_transaction
def _keep(store: Store, token: kaspi.Token, state: State, actor: Any) -> MerchantToken:
    store = Store.everything.select_for_update().get(pk=store.pk)
    # The marketplace took its time: meanwhile the store may have been closed.
    access.require(actor, store, access.Action.CHANGE_STORE)
    now = timezone.now()
    facts = {
        "sealed": _sealed(store, token),
        "last_four": token.last_four,
        "state": state,
        "checked_at": None if state == State.UNKNOWN else now,
        "entered_at": now,
        "entered_by": actor,
    }
    row, _is_new = MerchantToken.everything.update_or_create(store=store, defaults=facts)
    return row


def _sealed(store: Store, token: kaspi.Token) -> str:
    try:
        return seal_token(store.pk, token)
    except vault.NoKey as error:
        text = _("This installation has no key to keep secrets with. Its operator sets VAULT_KEYS first.")
        raise Refusal("no_vault_key", text) from error
