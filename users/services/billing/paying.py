"""How an open purchase is paid."""

from django.utils.translation import gettext as _

from users.models import UserPurchase
from users.payments.base import NextStep, Unavailable
from users.payments.registry import provider_of
from users.services.errors import Refusal


def next_step(purchase: UserPurchase) -> NextStep:
    """What the payer does now. Raises Refusal: it waits for no payment, or the way to pay does not work now."""
    if purchase.state != UserPurchase.State.CREATED:
        raise Refusal("not_open", _("This order does not wait for a payment."))
    provider = provider_of(purchase.provider)
    if provider is None:
        raise Refusal("no_provider", _("This way to pay is not offered any more. Cancel the order and choose another."))
    try:
        return provider.next_step(purchase)
    except Unavailable:
        raise Refusal(
            "provider_unavailable", _("The payment service does not answer. Try again in a minute.")
        ) from None
