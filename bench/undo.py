"""
How long it takes to put ten thousand prices back.

    .venv/bin/python bench/undo.py
    .venv/bin/python bench/undo.py --mariadb

On a private database that ends with the run. The reference, timed in the same run, puts prices back one by one through
the same gateway, and is scaled up from a few hundred. Seconds on the clock, and of this process's CPU: the second tells
more on a busy machine, but MariaDB works in a process of its own.
"""

import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from bench.database import make_database
from stores.models import CityPrice, PricingRule, Store
from stores.services import catalogue
from stores.services.prices import gateway
from stores.services.prices.restore import restore
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
    assert prices(store) == {NEW}  # noqa: S101 -- a bench that moved nothing has timed nothing


def portions(store: Store) -> Iterator[Sequence[CityPrice]]:
    rows = list(CityPrice.everything.filter(product__store=store).order_by("pk"))
    return (rows[start : start + gateway.PORTION] for start in range(0, len(rows), gateway.PORTION))


def prices(store: Store) -> set[int]:
    return set(CityPrice.everything.filter(product__store=store).values_list("price", flat=True))


def show(what: str, work: Callable[[], object], scale: int = 1) -> None:
    """Do it, and print how long it took."""
    clock, cpu = time.perf_counter(), time.process_time()
    work()
    clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
    print(f"{what:42} {clock * scale:8.1f} {cpu * scale:8.1f}")


def one_by_one(store: Store, actor: User) -> None:
    """Put back the first few; what they changed is rolled back."""
    rows = CityPrice.everything.filter(product__store=store).order_by("pk")[:ONE_BY_ONE]
    with transaction.atomic():
        for row in rows:
            gateway.send(gateway.Intent(row.pk, OLD, row.version, actor=actor, is_undo=True))
        transaction.set_rollback(True)


def at_once(store: Store, target: Target, actor: User) -> None:
    """Put all back."""
    assert len(restore(store, target, actor)) == PRICES  # noqa: S101
    assert prices(store) == {OLD}  # noqa: S101


def megabytes() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    make_database()
    owner = User.objects.create_user("bench@example.kz")
    store = open_shop(owner)
    rule = PricingRule.everything.create(store=store, name="All", strategy="undercut")
    moment = timezone.now()
    print(f"{connection.vendor + f', {PRICES:,} prices':42} {'clock, s':>8} {'CPU, s':>8}")
    show("moved by a rule, in portions", lambda: move_all(store, rule))
    show("reference: put back one by one, scaled", lambda: one_by_one(store, owner), PRICES // ONE_BY_ONE)
    before = megabytes()
    show("put back: a rule", lambda: at_once(store, WithoutRule(rule.pk), owner))
    move_all(store, rule)
    show("put back: as of a moment", lambda: at_once(store, AsOf(moment), owner))
    print(f"{'more memory than bringing them in, MB':42} {megabytes() - before:8.1f}")


if __name__ == "__main__":
    main()
