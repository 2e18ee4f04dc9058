"""
Replays that people ask for, run in the background: asked, claimed, answered, thrown away when they are old.

A worker proves with its claim that a replay is still his. One that dies leaves it to the next after the lease, who
starts from the beginning: nothing was written that could be there twice.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from stores.models import Product, Replay, Store
from stores.services.errors import Refusal
from stores.services.prices.plans import check_plan
from stores.services.transactions import database_time, in_transaction

State = Replay.State
LONGEST = timedelta(days=31)
MOST_OPEN = 3
KEPT = 50
# Longer than any one portion of a replay takes: each renews it.
LEASE = timedelta(minutes=2)
# A replay that took so many workers with it is not given to another.
MOST_ATTEMPTS = 3


class Overtaken(Exception):  # noqa: N818 -- named for what happened
    """Another worker holds this replay now, or its store has thrown it away."""


@dataclass(frozen=True)
class Wanted:
    """What a person wants to have replayed; the fields are those of `Replay`."""

    begins_at: datetime
    ends_at: datetime
    strategy: str = ""
    plan: dict[str, Any] = field(default_factory=dict)
    step: int | None = None
    product_ids: list[int] = field(default_factory=list)
    category_code: str = ""


@in_transaction
def ask(store: Store, wanted: Wanted, asker: Any) -> Replay:
    """
    Put a replay into the queue. Every member may: it changes nothing.

    Raises Refusal: `bad_period`, `bad_plan`, `unknown_product`, `too_many_replays`.
    """
    store = Store.everything.select_for_update().get(pk=store.pk)
    _check_period(wanted)
    _check_plan(wanted)
    _check_products(store, wanted)
    if Replay.everything.filter(store=store, state__in=Replay.OPEN).count() >= MOST_OPEN:
        text = _("%(count)s replays of this store are still waiting or running. Ask again when one of them is done.")
        raise Refusal("too_many_replays", text % {"count": MOST_OPEN})
    replay = Replay.everything.create(store=store, asked_by=asker, **vars(wanted))
    _throw_away_old(store)
    return replay


def run_next() -> bool:
    """Claim the replay that waits longest, run it and write its result; False when there is none."""
    _give_up_hopeless()
    replay = _claim()
    if replay is None:
        return False
    # With it comes numpy: 10 MB that a process in which nothing is replayed has no use for.
    from stores.services.prices.replay.run import run_asked  # noqa: PLC0415

    try:
        report = run_asked(replay, lambda done, total: _write(replay, done=done, total=total))
        _write(replay, state=State.DONE, result=report.to_stored(), finished_at=timezone.now(), claim="")
    except Overtaken:
        # Whoever holds it now writes its result.
        return True
    return True


def _check_period(wanted: Wanted) -> None:
    if not timedelta(0) < wanted.ends_at - wanted.begins_at <= LONGEST or wanted.ends_at > timezone.now():
        text = _("A replay needs a period that has passed, of at most %(days)s days.") % {"days": LONGEST.days}
        raise Refusal("bad_period", text, {"begins_at": [text]})


def _check_plan(wanted: Wanted) -> None:
    if wanted.strategy:
        check_plan(wanted.strategy, wanted.plan)
    elif wanted.plan:
        text = _("A plan needs a strategy. Without both, each product follows its own.")
        raise Refusal("bad_plan", text, {"strategy": [text]})


def _check_products(store: Store, wanted: Wanted) -> None:
    known = Product.objects.for_store(store).filter(pk__in=wanted.product_ids).count()
    if known != len(set(wanted.product_ids)):
        text = _("Some of these products are not in the store.")
        raise Refusal("unknown_product", text, {"product_ids": [text]})


def _throw_away_old(store: Store) -> None:
    kept = Replay.everything.filter(store=store).order_by("-pk").values_list("pk", flat=True)[:KEPT]
    Replay.everything.filter(store=store, pk__lt=min(kept)).exclude(state__in=Replay.OPEN).delete()


def _free() -> QuerySet[Replay]:
    is_left = Q(state=State.RUNNING, leased_until__lt=Now())
    return Replay.everything.filter(Q(state=State.WAITING) | is_left)


def _claim() -> Replay | None:
    pk = _free().order_by("pk").values_list("pk", flat=True).first()
    if pk is None:
        return None
    token = secrets.token_hex(16)
    claimed = (
        _free()
        .filter(pk=pk, attempts__lt=MOST_ATTEMPTS)
        .update(state=State.RUNNING, claim=token, leased_until=database_time(LEASE), attempts=F("attempts") + 1, done=0)
    )
    return Replay.everything.select_related("store").get(pk=pk) if claimed else None


def _give_up_hopeless() -> None:
    hopeless = _free().filter(attempts__gte=MOST_ATTEMPTS)
    hopeless.update(state=State.FAILED, claim="", finished_at=timezone.now())


def _write(replay: Replay, **facts: Any) -> None:
    """Write these facts while the replay is still ours, and keep it. Raises Overtaken."""
    ours = Replay.everything.filter(pk=replay.pk, claim=replay.claim, state=State.RUNNING)
    if not ours.update(leased_until=database_time(LEASE), **facts):
        raise Overtaken
