"""
How long it takes to put ten thousand prices back.

    .venv/bin/python bench/undo.py
    TEST_DATABASE=mariadb .venv/bin/python bench/undo.py

On a private database that ends with the run. The reference, timed in the same run, puts prices back one by one through
the same gateway, and is scaled up from a few hundred.
"""

# ruff: noqa: E402, S101 -- Django first; a bench that put nothing back has timed nothing

import os
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.conf import settings
from django.db import connection, transaction
from django.test.utils import setup_databases, teardown_databases
from django.utils import timezone

from stores.models import CityPrice, PricingRule, Store
from stores.services import catalogue
from stores.services.prices import gateway
from stores.services.prices.restore import preview, restore
from stores.services.prices.targets import AsOf, Target, WithoutRule
from stores.services.store import open_store
from users.models import User

PRICES, ONE_BY_ONE = 10_000, 500
ALMATY = "750000000"
OLD, NEW = 10_000, 9_500


def open_shop(owner: User) -> Store:
    """A store that follows rules, and its products."""
    store = open_store("Bench", "30000001", owner)
    points = [catalogue.PointFacts("PP1", ALMATY)]
    goods = [
        catalogue.ProductFacts(
            sku=f"SKU-{number:05}",
            card_id=f"{100_000_000 + number}",
            model="Kettle",
            strategy="by_rule",
            prices={ALMATY: catalogue.PriceFacts(OLD, 8_000, 12_000)},
            availability={"PP1": catalogue.AvailabilityFacts(is_available=True)},
        )
        for number in range(PRICES)
    ]
    catalogue.bring_in(store, points, goods)
    Store.everything.filter(pk=store.pk).update(mode=Store.Mode.AUTOMATIC)
    return store


def move_all(store: Store, rule: PricingRule) -> None:
    """A rule lowers each price, a marketplace without a change budget allowing."""
    Store.everything.filter(pk=store.pk).update(mode=Store.Mode.AUTOMATIC)
    PricingRule.everything.filter(pk=rule.pk).update(is_on=True)
    settings.CHANGES_PER_HALF_HOUR = 10 * PRICES
    facts = {"looked_at": timezone.now(), "rule_id": rule.pk, "why": {"steps": [{"rule": "undercut", "seen": NEW + 1}]}}
    for rows in portions(store):
        gateway.send_all(
            store.pk,
            [gateway.Intent(row.pk, NEW, row.version, shown=row.price, **facts) for row in rows],  # type: ignore[arg-type]
        )
    settings.CHANGES_PER_HALF_HOUR = 250
    assert prices(store) == {NEW}


def portions(store: Store) -> Iterator[Sequence[CityPrice]]:
    rows = list(CityPrice.everything.filter(product__store=store).order_by("pk"))
    return (rows[start : start + gateway.PORTION] for start in range(0, len(rows), gateway.PORTION))


def prices(store: Store) -> set[int]:
    return set(CityPrice.everything.filter(product__store=store).values_list("price", flat=True))


def one_by_one(store: Store, actor: User) -> float:
    """Seconds for all, from as many as are timed; what they changed is rolled back."""
    rows = CityPrice.everything.filter(product__store=store).order_by("pk")[:ONE_BY_ONE]
    with transaction.atomic():
        began = time.perf_counter()
        for row in rows:
            gateway.send(gateway.Intent(row.pk, OLD, row.version, actor=actor, is_undo=True))
        seconds = time.perf_counter() - began
        transaction.set_rollback(True)
    return seconds * PRICES / ONE_BY_ONE


def at_once(store: Store, target: Target, actor: User) -> float:
    """Seconds to put all back."""
    assert len(preview(store, target)) == PRICES
    began = time.perf_counter()
    restore(store, target, actor)
    seconds = time.perf_counter() - began
    assert prices(store) == {OLD}
    return seconds


@contextmanager
def private_database() -> Iterator[None]:
    created = setup_databases(verbosity=0, interactive=False)
    try:
        yield
    finally:
        teardown_databases(created, verbosity=0)


def megabytes() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    with private_database():
        owner = User.objects.create_user("bench@example.kz")
        store = open_shop(owner)
        rule = PricingRule.everything.create(store=store, name="All", strategy="undercut")
        began, moment = time.perf_counter(), timezone.now()
        move_all(store, rule)
        print(f"{connection.vendor}, {PRICES:,} prices: s")
        print(f"{'moved by a rule, in portions':42} {time.perf_counter() - began:8.1f}")
        print(f"{'reference: put back one by one (scaled)':42} {one_by_one(store, owner):8.1f}")
        before = megabytes()
        print(f"{'put back: a rule':42} {at_once(store, WithoutRule(rule.pk), owner):8.1f}")
        move_all(store, rule)
        print(f"{'put back: as of a moment':42} {at_once(store, AsOf(moment), owner):8.1f}")
        print(f"{'more memory than before, MB':42} {megabytes() - before:8.1f}")


if __name__ == "__main__":
    main()
