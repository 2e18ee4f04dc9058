"""Put a store's approved prices into the price list that the marketplace pulls."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, Max, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone

import kaspi
from stores.models import Notification, PathStep, PriceListVersion, Product, ProductPriceUpdate, Store
from stores.services import health
from stores.services.announcements import announce_prices
from stores.services.notifications import notify
from stores.services.prices import checker, price_list
from stores.services.prices import price_list_files as files
from stores.services.prices.switches import read_switches
from stores.services.transactions import database_time, in_transaction

log = logging.getLogger(__name__)

State = ProductPriceUpdate.State
LEASE = timedelta(minutes=1)


@dataclass(frozen=True)
class Build:
    """A finished file that is not live yet, read back; the live one; and which approved updates are surely in it."""

    number: int
    path: Path
    offer_count: int
    catalogue_version: int
    update_ids: tuple[int, ...]
    contents: checker.Contents
    previous: checker.Contents


@dataclass(frozen=True)
class Acceptance:
    """Codes of refusals that a person lets pass this once."""

    actor: Any = None
    codes: frozenset[str] = frozenset()


def find_due_stores() -> list[int]:
    """Stores whose catalogue has moved on since their last price list, and whose last build is not just out."""
    has_news = Q(catalogue_version__gt=F("built_catalogue_version"))
    has_rested = Q(built_at__isnull=True) | Q(built_at__lte=timezone.now() - settings.PUBLISH_INTERVAL)
    has_rows = Exists(Product.everything.filter(store=OuterRef("pk")))
    due = Store.everything.filter(has_news & has_rested & _is_free() & has_rows).exclude(mode=Store.Mode.PAUSED)
    return list(due.values_list("pk", flat=True))


def publish(store_id: int, acceptance: Acceptance | None = None) -> PriceListVersion | None:
    """
    Build, check and swap in the store's price list. Returns the version, live or refused, or None when another worker
    is at it, prices are stopped, or this is not the recorded build. `acceptance`: what a person has looked at and said
    yes to.
    """
    with _claimed(store_id) as store:
        if store is None or _is_stopped(store):
            return None
        build = _build(store)
        try:
            version = _release(store, build, acceptance or Acceptance())
        finally:
            build.path.unlink(missing_ok=True)
    if version is not None and version.refusal is None:
        health.finished(PathStep.Name.PUBLISHED)
    return version


def accept(version: PriceListVersion, actor: Any) -> PriceListVersion | None:
    """A person has looked at a refused list: build again, and let the reason pass that he saw. Others still refuse."""
    code = (version.refusal or {}).get("code", "")
    return publish(version.store_id, Acceptance(actor, frozenset({code})))


def _is_stopped(store: Store) -> bool:
    switches = read_switches(store)
    return switches.is_stopped or not switches.is_recorded_build


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


def _build(store: Store) -> Build:
    """
    Write the next version beside the live one.

    The approved updates are read before the first price: what is among them is in the file, or something newer is.
    """
    folder = files.folder_of(store.price_list_key)
    folder.mkdir(parents=True, exist_ok=True)
    approved = ProductPriceUpdate.everything.filter(store=store, state=State.APPROVED)
    update_ids = tuple(approved.values_list("pk", flat=True))
    live = files.LiveList.read(folder)
    number = _next_number(store, live)
    # The claim in the name: a builder that slept past its lease keeps writing to a file of its own.
    path = folder / f"{number:08}.{store.publish_claim}.built"
    offer_count, fault = _write(path, store)
    contents = checker.Contents(fault=fault) if fault else checker.read_contents(path)
    previous = checker.read_previous(live.path if live else None)
    return Build(number, path, offer_count, store.catalogue_version, update_ids, contents, previous)


def _next_number(store: Store, live: files.LiveList | None) -> int:
    """
    A number that no file had before: not in the table, and not served now.

    A list that was swapped in by a worker that died before its commit is not in the table, but may have been pulled:
    the same number for other bytes would be answered "not modified".
    """
    last = PriceListVersion.everything.filter(store=store).aggregate(number=Max("number"))["number"]
    return max(last or 0, live.number if live else 0) + 1


def _write(path: Path, store: Store) -> tuple[int, checker.Refusal | None]:
    """The number of offers written, and why the list could not be finished, if so."""
    with path.open("xb") as file:
        try:
            return price_list.write_price_list(file, store), None
        except kaspi.InvalidPriceList as error:
            return 0, checker.Refusal("unwritable", sku=getattr(error, "sku", ""), read=str(error))
        finally:
            files.flush(file)


@in_transaction
def _release(claimed: Store, build: Build, acceptance: Acceptance) -> PriceListVersion | None:
    """
    Compare the file with the limits as they stand now, swap it in and say so, with the store's row locked.

    The swap comes before the commit: dying between the two publishes once more, the other order would call prices
    published that nobody can fetch.
    """
    rows = Store.everything.filter(pk=claimed.pk, publish_claim=claimed.publish_claim)
    store = rows.select_for_update().first()
    if store is None or _is_stopped(store):
        return None
    refusal = checker.why_refused(build.contents, build.previous, store, acceptance.codes)
    version = _version(store, build, refusal, acceptance.actor)
    now = timezone.now()
    if refusal is None:
        _go_live(store, build)
        rows.update(built_catalogue_version=build.catalogue_version, built_at=now, published_at=now)
    else:
        _tell_refused(store, build, refusal)
        rows.update(built_catalogue_version=build.catalogue_version, built_at=now)
    version.save()
    return version


def _go_live(store: Store, build: Build) -> None:
    folder = files.folder_of(store.price_list_key)
    files.adopt(build.path, files.version_path(folder, build.number))
    files.write_access(folder, files.access_of(store))
    files.go_live(folder, build.number)
    _mark_published(store, build)


def _version(store: Store, build: Build, refusal: checker.Refusal | None, actor: Any) -> PriceListVersion:
    return PriceListVersion(
        store=store,
        accepted_by=actor,
        number=build.number,
        sha256=files.sha256_of(build.path),
        size=build.path.stat().st_size,
        offer_count=build.offer_count,
        refusal=None if refusal is None else asdict(refusal),
    )


def _mark_published(store: Store, build: Build) -> None:
    updates = ProductPriceUpdate.everything.filter(pk__in=build.update_ids, state=State.APPROVED)
    product_ids = list(updates.values_list("product_id", flat=True))
    updates.update(state=State.PUBLISHED, published_at=timezone.now(), price_list_number=build.number)
    announce_prices(store.pk, product_ids)


def _tell_refused(store: Store, build: Build, refusal: checker.Refusal) -> None:
    """The file stays on disk under its refused name for whoever asks why; the live one goes on being served."""
    log.error("price list %s of store %s refused: %s", build.number, store.pk, refusal)
    files.keep_refused(build.path, files.folder_of(store.price_list_key), build.number)
    notify(
        store.pk,
        Notification.Kind.PRICE_LIST_REFUSED,
        event=f"list-refused:{refusal.code}:{timezone.localdate()}",
        facts=asdict(refusal) | {"number": build.number},
    )
