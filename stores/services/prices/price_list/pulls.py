"""The marketplace fetched a price list: what stood in it is now known there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from django.utils import timezone

from stores.models import PathStep, PriceListPull, ProductPriceUpdate, Store
from stores.services import health
from stores.services.announcements import announce_prices
from stores.services.transactions import in_transaction

State = ProductPriceUpdate.State
CARRIED = (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED)


@dataclass(frozen=True)
class Sent:
    """How many bytes went to which address."""

    address: str = ""
    size: int = 0


UNKNOWN = Sent()


def record_pull(store_id: int, version_number: int, status: int, user_agent: str, sent: Sent = UNKNOWN) -> None:
    """
    Note a fetch of this version (200: carried whole; 304: the marketplace has it already), and move on the updates that
    it carried.
    """
    _record(store_id, version_number, status, user_agent, sent)
    if status in CARRIED:
        health.finished(PathStep.Name.PULLED)


def last_pulled(store: Store) -> PriceListPull | None:
    """The marketplace's last visit that carried a version, or found that it has it already."""
    return PriceListPull.objects.for_store(store).filter(status__in=CARRIED).first()


def record_refused(store_id: int, version_number: int, user_agent: str, sent: Sent = UNKNOWN) -> None:
    """Note that somebody came to the right address with a wrong login; at most one a minute."""
    since = timezone.now() - timedelta(minutes=1)
    lately = PriceListPull.everything.filter(store=store_id, status=HTTPStatus.UNAUTHORIZED, pulled_at__gte=since)
    if not lately.exists():
        _record(store_id, version_number, HTTPStatus.UNAUTHORIZED, user_agent, sent)


@in_transaction
def _record(store_id: int, version_number: int, status: int, user_agent: str, sent: Sent) -> None:
    # The store first, as the gateway locks: two orders would meet in a deadlock.
    Store.everything.select_for_update().get(pk=store_id)
    now = timezone.now()
    PriceListPull.everything.create(
        store_id=store_id,
        version_number=version_number,
        status=status,
        user_agent=user_agent[:300],
        address=sent.address[:45],
        size=sent.size,
        pulled_at=now,
    )
    if status not in CARRIED:
        return
    published = ProductPriceUpdate.everything.filter(
        store=store_id, state=State.PUBLISHED, price_list_number__lte=version_number
    )
    carried = list(published.values_list("pk", "city_price_id", "product_id"))
    published.filter(pk__in=[pk for pk, _, _ in carried]).update(state=State.PULLED, pulled_at=now)
    _overtake(store_id, carried)
    announce_prices(store_id, [product_id for _, _, product_id in carried])


def _overtake(store_id: int, carried: Iterable[tuple[int, int, int]]) -> None:
    """Older prices that were fetched but never seen: the newer ones stand in their place now."""
    newest = {city_price_id: pk for pk, city_price_id, _ in carried}
    pulled = ProductPriceUpdate.everything.filter(store=store_id, state=State.PULLED, city_price__in=list(newest))
    overtaken = [pk for pk, city_price_id in pulled.values_list("pk", "city_price_id") if pk < newest[city_price_id]]
    ProductPriceUpdate.everything.filter(pk__in=overtaken, state=State.PULLED).update(state=State.SUPERSEDED)
