"""Put a store's approved prices into the price list that the marketplace pulls."""

import logging
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db.models import Exists, F, Max, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone

import kaspi
from stores.models import Notification, PathStep, PriceListVersion, PriceStop, Product, ProductPriceUpdate, Store
from stores.services import failures, health
from stores.services.announcements import announce_prices
from stores.services.notifications import notify
from stores.services.prices.price_list import checker, files
from stores.services.prices.price_list.access import write_access_of
from stores.services.prices.price_list.faults import Fault
from stores.services.prices.price_list.index import Basis
from stores.services.prices.price_list.pulls import last_pulled
from stores.services.prices.price_list.refused import ReleaseConsent, consent_of
from stores.services.prices.price_list.write import write_price_list
from stores.services.prices.seen import run_of
from stores.services.prices.switches import is_from_backup, is_stopped
from stores.services.releases import read_fence
from stores.services.transactions import database_time, in_transaction

log = logging.getLogger(__name__)

State = ProductPriceUpdate.State
LEASE = timedelta(minutes=1)
KEEP_CLAIM_SECONDS = 10
# As the service desk's table of what failed names it.
TASK = "stores.tasks.publish_price_lists"


@dataclass(frozen=True)
class Build:
    """
    A finished file that is not live yet, and which approved updates are surely in it. `check`: its reading, None where
    it could not be finished; `refusal`: why it must not go live; `keeps_prices`: they are those of the live list.
    """

    number: int
    keeps_prices: bool
    file: files.Built
    offer_count: int
    catalogue_version: int
    update_ids: tuple[int, ...]
    check: checker.Check | None
    refusal: Fault | None


def find_due_stores() -> list[int]:
    """Stores whose catalogue has moved on since their last price list, and whose last build is not just out."""
    if is_from_backup():
        return []
    moves_prices = ~Q(mode=Store.Mode.PAUSED) & ~Q(Exists(PriceStop.objects.all()))
    has_news = Q(moves_prices, catalogue_version__gt=F("built_catalogue_version"))
    has_news |= Q(~moves_prices, catalogue_version__gt=F("listed_catalogue_version"))
    has_rested = Q(built_at__isnull=True) | Q(built_at__lte=timezone.now() - settings.PUBLISH_INTERVAL)
    has_rows = Exists(Product.everything.filter(store=OuterRef("pk")))
    due = Store.everything.filter(has_news & has_rested & _is_free() & has_rows)
    return list(due.values_list("pk", flat=True))


def publish_due() -> None:
    """
    Publish the lists of all stores that are due. What fails at one store keeps no other from its list, and is told to
    the store and to the service desk.
    """
    for store_id in find_due_stores():
        try:
            publish(store_id)
        except SoftTimeLimitExceeded:  # Of the whole round: what is left is due in the next one.
            raise
        except Exception as error:  # Whatever it is: the other sellers are not to wait for its repair.
            log.exception("the price list of store %s cannot be published", store_id)
            _let_rest(store_id)
            _tell_of_failure(store_id, error)


def _let_rest(store_id: int) -> None:
    """What is wrong with its rows or the disk is not mended in seconds; a large list takes minutes to come upon it."""
    store = Store.everything.filter(_is_free(), pk=store_id)
    store.update(publish_leased_until=database_time(LEASE))


@in_transaction
def _tell_of_failure(store_id: int, error: Exception) -> None:
    """To the desk each time; to the store once a day while it goes on, and each time it begins again."""
    failures.note_failed_task(TASK, error)
    for published_at in Store.everything.filter(pk=store_id).values_list("published_at", flat=True):
        event = f"list-failed:{run_of(published_at)}:{timezone.localdate()}"
        notify(store_id, Notification.Kind.NOT_WRITTEN, event=event, facts={})


def publish(store_id: int) -> PriceListVersion | None:
    """
    Build, check and swap in the store's price list. Returns the version, live or refused, or None when another worker
    is at it, this is not the recorded build, or rows have moved on so that another list is due at once. What a person
    has looked at and said yes to is no reason to refuse it.

    While prices are stopped the list keeps the prices of the live one and brings only stock and points; None too when
    there is no list whose prices could be kept. While the data are those of a backup there is no list at all.
    """
    with _claimed(store_id) as store:
        if store is None or not _may_list():
            return None
        version = _publish(store, consent_of(store))
    if version is not None and version.refusal is None and not version.keeps_prices:
        health.finished(PathStep.Name.PUBLISHED)
    return version


def _may_list() -> bool:
    return read_fence().is_recorded_build and not is_from_backup()


def _publish(store: Store, consent: ReleaseConsent) -> PriceListVersion | None:
    """Nothing is refused before each offer was written anew: what was copied may be what is wrong."""
    live = files.LiveList.read(files.folder_of(store.price_list_key))
    former = files.former_of(live) if live else None
    keeps_prices = is_stopped(store)
    if keeps_prices and former is None:
        _wait_for_prices(store)
        return None
    basis = Basis(copied=former, kept=former if keeps_prices else None)
    with _build(store, basis, consent.figures) as build:
        if build.refusal is None or basis.copied is None:
            return _release(store, build, consent.actor)
        log.error("price list %s of store %s is written anew: %s", build.number, store.pk, build.refusal)
    with _build(store, replace(basis, copied=None), consent.figures) as build:
        return _release(store, build, consent.actor)


def _wait_for_prices(store: Store) -> None:
    """Not due again before something else changes, or prices go on."""
    log.warning("store %s is stopped, and has no price list of which the prices could be kept", store.pk)
    Store.everything.filter(pk=store.pk).update(listed_catalogue_version=store.catalogue_version)


@contextmanager
def _claimed(store_id: int) -> Iterator[Store | None]:
    """One builder per store at a time; one that died loses its claim with the lease."""
    token = secrets.token_hex(16)
    Store.everything.filter(_is_free(), pk=store_id).update(
        publish_claim=token, publish_leased_until=database_time(LEASE)
    )
    try:
        yield Store.everything.filter(pk=store_id, publish_claim=token).first()
    finally:
        Store.everything.filter(publish_claim=token).update(publish_claim="", publish_leased_until=None)


def _is_free() -> Q:
    return Q(publish_leased_until__isnull=True) | Q(publish_leased_until__lt=Now())


def _keeper_of_claim(store: Store) -> Callable[[], None]:
    """A function to be called often: it prolongs the lease of a builder that is still at work, now and then."""
    last = time.monotonic()

    def keep() -> None:
        nonlocal last
        if time.monotonic() - last > KEEP_CLAIM_SECONDS:
            last = time.monotonic()
            own = Store.everything.filter(pk=store.pk, publish_claim=store.publish_claim)
            own.update(publish_leased_until=database_time(LEASE))

    return keep


@contextmanager
def _build(store: Store, basis: Basis, accepted: Mapping[str, int]) -> Iterator[Build]:
    """
    Write the next version beside the live one and read it back; what was not adopted by then goes at the end.

    The approved updates are read before the first price: what is among them is in the file, or something newer is.
    """
    folder = files.folder_of(store.price_list_key)
    folder.mkdir(parents=True, exist_ok=True)
    approved = ProductPriceUpdate.everything.filter(store=store, state=State.APPROVED)
    update_ids = () if basis.kept else tuple(approved.values_list("pk", flat=True))
    live = files.LiveList.read(folder)
    number = _next_number(store, live)
    # The claim in the name: a builder that slept past its lease keeps writing to a file of its own.
    with files.building(folder, f"{number:08}.{store.publish_claim}") as file:
        keep_claim = _keeper_of_claim(store)
        offer_count, refusal = _write(file, store, basis, keep_claim)
        check = None
        if refusal is None:
            as_of, live_path = store.catalogue_version, live.path if live else None
            check = checker.Check(file.path, live_path, store, as_of, keep_claim, basis.kept is not None)
            refusal = check.why_refused(accepted)
        yield Build(
            number,
            basis.kept is not None,
            file,
            offer_count,
            store.catalogue_version,
            update_ids,
            check,
            refusal,
        )


def _next_number(store: Store, live: files.LiveList | None) -> int:
    """
    A number that no file had before: not in the table, and not served now.

    A list that was swapped in by a worker that died before its commit is not in the table, but may have been pulled:
    the same number for other bytes would be answered "not modified".
    """
    last = PriceListVersion.everything.filter(store=store).aggregate(number=Max("number"))["number"]
    return max(last or 0, live.number if live else 0) + 1


def _write(file: files.Built, store: Store, basis: Basis, each_portion: Callable[[], None]) -> tuple[int, Fault | None]:
    """The number of offers written, and why the list could not be finished, if so."""
    with file.path.open("xb") as target, file.index.open("xb") as index:
        try:
            offer_count = write_price_list(target, index, store, basis, each_portion)
        except kaspi.PriceListError as error:
            return 0, Fault("unwritable", sku=getattr(error, "sku", ""), read=str(error))
        finally:
            files.flush(target)
    file.finish()
    return offer_count, None


@in_transaction
def _release(claimed: Store, build: Build, actor: Any) -> PriceListVersion | None:
    """
    Compare the file with what has changed since it was read, swap it in and say so, with the store's row locked.

    The swap comes before the commit: dying between the two publishes once more, the other order would call prices
    published that nobody can fetch.
    """
    rows = Store.everything.filter(pk=claimed.pk, publish_claim=claimed.publish_claim)
    store = rows.select_for_update().first()
    if store is None or not _may_list() or is_stopped(store) != build.keeps_prices:
        return None
    if build.refusal is None and build.check is not None and build.check.is_overtaken():
        log.warning("price list %s of store %s was overtaken: it is built again", build.number, store.pk)
        return None
    version = _version(store, build, actor)
    now = timezone.now()
    if build.refusal is None:
        _go_live(store, build)
        rows.update(published_at=now)
    else:
        _notify_of_refused(store, build, build.refusal)
    rows.update(built_at=now, listed_catalogue_version=build.catalogue_version)
    if not build.keeps_prices:
        rows.update(built_catalogue_version=build.catalogue_version)
    version.save()
    return version


def _go_live(store: Store, build: Build) -> None:
    folder = files.folder_of(store.price_list_key)
    build.file.adopt_as(files.version_path(folder, build.number))
    write_access_of(store)
    pulled = last_pulled(store)
    files.go_live(folder, build.number, pulled.version_number if pulled else None)
    _mark_published(store, build)


def _version(store: Store, build: Build, actor: Any) -> PriceListVersion:
    return PriceListVersion(
        store=store,
        # With a refused one it would be a yes to it.
        accepted_by=actor if build.refusal is None else None,
        number=build.number,
        sha256=build.file.sha256,
        size=build.file.size,
        offer_count=build.offer_count,
        keeps_prices=build.keeps_prices,
        refusal=None if build.refusal is None else asdict(build.refusal),
    )


def _mark_published(store: Store, build: Build) -> None:
    updates = ProductPriceUpdate.everything.filter(pk__in=build.update_ids, state=State.APPROVED)
    product_ids = list(updates.values_list("product_id", flat=True))
    updates.update(state=State.PUBLISHED, published_at=timezone.now(), price_list_number=build.number)
    announce_prices(store.pk, product_ids)


def _notify_of_refused(store: Store, build: Build, refusal: Fault) -> None:
    """The file stays on disk under its refused name for whoever asks why; the live one goes on being served."""
    log.error("price list %s of store %s refused: %s", build.number, store.pk, refusal)
    files.keep_refused(build.file.path, files.folder_of(store.price_list_key), build.number)
    notify(
        store.pk,
        Notification.Kind.PRICE_LIST_REFUSED,
        # Once a day while it goes on, and each time it begins again.
        event=f"list-refused:{refusal.code}:{run_of(store.published_at)}:{timezone.localdate()}",
        facts=asdict(refusal) | {"number": build.number},
    )
