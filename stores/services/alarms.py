"""What is said without being asked when the path stands still."""

from django.db.models import Exists, OuterRef

from stores.models import CityPrice, Notification, PathStep, Store
from stores.services import health
from stores.services.fee_gaps import log_gaps_daily
from stores.services.notifications import notify
from stores.services.prices.seen import alarm_unpulled, alarm_unseen


def raise_alarms() -> None:
    """Say where we are blind, which prices did not arrive, and which fees run out; each such event once."""
    alarm_blind()
    alarm_unpulled()
    alarm_unseen()
    log_gaps_daily()


def alarm_blind() -> None:
    """One urgent message a store when the storefront has not answered for too long. Its prices hold meanwhile."""
    step = PathStep.objects.filter(name=PathStep.Name.LOOKED).first()
    looked_at = step.finished_at if step else None
    if not health.is_blind(looked_at):
        return
    since = "" if looked_at is None else looked_at.isoformat(timespec="seconds")
    has_markets = Exists(CityPrice.everything.filter(product__store=OuterRef("pk"), market__isnull=False))
    for store_id in Store.everything.filter(has_markets).values_list("pk", flat=True):
        notify(store_id, Notification.Kind.BLIND, event=f"blind:{since}", facts={"since": since})
