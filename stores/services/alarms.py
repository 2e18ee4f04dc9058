"""What is said without being asked when the path stands still."""

from stores.models import Notification, PathStep, Store
from stores.services import health
from stores.services.notifications import notify
from stores.services.prices.seen import alarm_unseen


def raise_alarms() -> None:
    """Say where we are blind and which prices did not arrive; each such event once."""
    alarm_blind()
    alarm_unseen()


def alarm_blind() -> None:
    """One urgent message a store when the storefront has not answered for too long. Its prices hold meanwhile."""
    step = PathStep.objects.filter(name=PathStep.Name.LOOKED).first()
    if step is None or not health.is_blind(step.finished_at):
        return
    since = step.finished_at.isoformat(timespec="seconds")
    for store_id in (
        Store.everything.filter(products__city_prices__market__isnull=False).distinct().values_list("pk", flat=True)
    ):
        notify(store_id, Notification.Kind.BLIND, event=f"blind:{since}", facts={"since": since})
