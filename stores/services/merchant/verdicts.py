"""What the marketplace thinks of a token, written down once."""

from django.db.models import Q
from django.utils import timezone

from stores.models import MerchantToken, Notification
from stores.services.notifications import notify
from stores.services.transactions import in_transaction

State = MerchantToken.State


@in_transaction
def note_rejected(token: MerchantToken) -> None:
    """
    Nothing more is asked with this token, and the seller is told: once, however many calls meet it at the same time.

    A token that was replaced since is left alone.
    """
    now = timezone.now()
    still = MerchantToken.everything.filter(pk=token.pk, sealed=token.sealed).exclude(state=State.REFUSED)
    if still.update(state=State.REFUSED, checked_at=now):
        facts = {"last_four": token.last_four}
        event = f"token_refused:{now.isoformat()}"
        notify(token.store_id, Notification.Kind.TOKEN_REFUSED, event=event, facts=facts)


def note_taken(token: MerchantToken) -> None:
    """The marketplace took it."""
    if token.state != State.VALID:
        same = Q(pk=token.pk, sealed=token.sealed)
        MerchantToken.everything.filter(same).update(state=State.VALID, checked_at=timezone.now())
