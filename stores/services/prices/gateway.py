"""
The one way a price leaves: for rules and for people, one price or many.

Everything happens in one transaction that locks the store: the limits are read there, the gate is asked there, the
intent is written there. What the marketplace is told follows from the row, later and as often as needed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F, Max, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from msgspec import to_builtins

from stores.models import CityPrice, Notification, ProductPriceUpdate, Store
from stores.models.fields import MAX_SUM
from stores.services.errors import Refusal
from stores.services.notifications import notify
from stores.services.prices import gate, margins, queue
from stores.services.prices.gate import Hold
from stores.services.prices.locked_prices import LockedPrices, lock_prices
from stores.services.prices.price_list.stale_offers import mark_stale
from stores.services.prices.proposals import is_expired
from stores.services.prices.waiting_prices import end_wait
from stores.services.transactions import in_transaction

State = ProductPriceUpdate.State
Origin = ProductPriceUpdate.Origin
Kind = Notification.Kind
# Codes with which a rule's price waits for its turn.
WAITS = frozenset({Hold.BUDGET_SPENT, Hold.WAITS_TURN})
# Holds that are no news: the seller has chosen the mode, and was told that his price waits.
QUIET = frozenset({Hold.WATCH_ONLY, Hold.PERSONS_PRICE_WAITS})
# Reasons that hold all prices of a store alike.
REASONS_OF_STORE = frozenset({Hold.OTHER_BUILD, Hold.ENGINE_NOT_ACCEPTED, Hold.ALARM_UNREAD, Hold.SUBSCRIPTION_ENDED})
HALF_HOUR_SECONDS = 1800
# How many prices are read and written together: memory is bounded by it, and the length of a statement.
PORTION = 500
# Which standing updates of a price a new one supersedes, by the new one's state.
OVERTAKEN = {
    State.APPROVED: (State.PROPOSED, State.APPROVED, State.PUBLISHED),
    State.PROPOSED: (State.PROPOSED,),
    State.HELD: (State.PROPOSED,),
}
# Why a price is what a person says: he named it, or he takes a change back.
WHY_PERSON = {"steps": [{"rule": "person"}]}
WHY_UNDO = {"steps": [{"rule": "undo"}]}


@dataclass(frozen=True)
class Intent:
    """
    A price that somebody wants: which row, how much (tenge), decided from which state of it.

    `looked_at`, `look_number` and `shown` tell of the picture that the engine decided from: when, which, our own
    price in it; `rule_id` is the seller's rule that brought the strategy, if one did, and `policy_version` says which
    versions of his wishes it was decided by (`plans.version_of`). `worth`: the tenge that a rule's change is expected
    to earn in half an hour; of many that wait for a place in the change budget the best goes first. `actor` is the
    person who decided; `limits` are the floor and ceiling that he sets together with the price; `is_undo` says that he
    puts back what was there before, and `undoes_id` which update that takes back.
    """

    city_price_id: int
    price: int
    seen_version: int
    why: dict[str, Any] = field(default_factory=dict)
    looked_at: datetime | None = None
    look_number: int | None = None
    shown: int | None = None
    rule_id: int | None = None
    policy_version: tuple[int, int] | None = None
    worth: float = 0.0
    actor: Any | None = None
    limits: tuple[int | None, int | None] | None = None
    is_undo: bool = False
    undoes_id: int | None = None

    @property
    def origin(self) -> Origin:
        return Origin.RULE if self.actor is None else Origin.PERSON


@in_transaction
def send(intent: Intent) -> ProductPriceUpdate | None:
    """
    Record the intent and let it go as far as the store's mode allows: held, proposed, or approved.

    Returns None when there is nothing to record: the price is that already (a person who says so has confirmed it),
    somebody moved it or edited what decides it since it was read, this look was decided before, or the same answer
    stands already.
    """
    store_id = CityPrice.everything.values_list("product__store", flat=True).get(pk=intent.city_price_id)
    [update] = _record(store_id, [intent])
    if update is not None:
        _notify(update)
    return update


@in_transaction
def send_all(store_id: int, intents: Sequence[Intent]) -> list[ProductPriceUpdate | None]:
    """
    The same for many prices of one store, at most PORTION, in a number of queries that does not grow with them.

    Answers in the order of the intents, and tells nobody: the caller has one message for all of them. Raises ValueError
    for more intents, or for two of one price.
    """
    if len(intents) > PORTION or len({intent.city_price_id for intent in intents}) < len(intents):
        raise ValueError(f"{len(intents)} intents: expected at most {PORTION}, each of another price")
    return _record(store_id, intents)


@in_transaction
def foresee(store_id: int, intents: Sequence[Intent], spent: int = 0) -> list[str]:
    """
    Why `send_all` would hold each of these prices, by hold code; empty where it would leave. Nothing is written.

    `spent`: of the store's change budget, by prices that are to be sent before these.
    """
    locked = lock_prices(store_id, [intent.city_price_id for intent in intents])
    locked.changes_in_half_hour += spent
    judged = (_judge(locked, intent, decided=()) for intent in intents)
    return ["" if update is None else update.hold_code for update in judged]


@in_transaction
def approve(update: ProductPriceUpdate, actor: Any) -> ProductPriceUpdate:
    """
    A person says yes to a proposed price. The gate is asked again; saying it twice changes nothing more.

    Raises Refusal (`proposal_expired`) for one that waited too long.
    """
    locked = lock_prices(update.store_id, [update.city_price_id])
    row = locked.rows[update.city_price_id]
    update = ProductPriceUpdate.everything.get(pk=update.pk)
    if is_expired(update):
        text = _("This price waited too long for an answer. If it is still right, it is proposed again.")
        raise Refusal("proposal_expired", text)
    if update.state != State.PROPOSED:
        return update
    update.store, update.product, update.city_price = locked.store, row.product, row
    update.actor = actor
    row.floor = margins.floor_of(row)
    update.floor, update.ceiling = row.floor, row.ceiling
    reason = _why_not_approved(locked, update)
    if reason is None:
        _let_go(locked, update)
    else:
        _hold(update, reason)
    _overtake([update])
    update.save()
    _move_prices(locked.store, [update])
    _notify(update)
    return update


@in_transaction
def refuse(update: ProductPriceUpdate, actor: Any) -> ProductPriceUpdate:
    """A person says no to a proposed price."""
    Store.everything.select_for_update().get(pk=update.store_id)
    waiting = ProductPriceUpdate.everything.filter(pk=update.pk, state=State.PROPOSED)
    waiting.update(state=State.REFUSED, actor=actor)
    return ProductPriceUpdate.everything.get(pk=update.pk)


# --- Judging: nothing is written --------------------------------------------------------------------------------------


def _record(store_id: int, intents: Sequence[Intent]) -> list[ProductPriceUpdate | None]:
    locked = lock_prices(store_id, [intent.city_price_id for intent in intents])
    decided = _decided_looks(intents)
    _confirm([intent for intent in intents if _is_confirmed_by(locked, intent)])
    judged = [_judge(locked, intent, decided) for intent in intents]
    _queue_up(locked, [(intent, update) for intent, update in zip(intents, judged, strict=True) if update is not None])
    repeated = _find_repeated([update for update in judged if update is not None])
    answers = [None if update is None or update.city_price_id in repeated else update for update in judged]
    _write(locked.store, [update for update in answers if update is not None])
    return answers


def _is_confirmed_by(locked: LockedPrices, intent: Intent) -> bool:
    """Whether a person wants the price that is there: nothing moves, and it is his from now on."""
    row = locked.rows[intent.city_price_id]
    is_his = intent.actor is not None and not intent.is_undo
    return is_his and row.price == intent.price and row.version == intent.seen_version


def _decided_looks(intents: Sequence[Intent]) -> set[tuple[int, int | None]]:
    """Which of these (price row, look) pairs led to an update before."""
    looks = {intent.look_number for intent in intents} - {None}
    if not looks:
        return set()
    ids = [intent.city_price_id for intent in intents]
    updates = ProductPriceUpdate.everything.filter(city_price__in=ids, look_number__in=looks)
    return set(updates.values_list("city_price_id", "look_number"))


def _judge(
    locked: LockedPrices, intent: Intent, decided: Collection[tuple[int, int | None]]
) -> ProductPriceUpdate | None:
    """The update that the intent becomes, in the state it may have; None when it is overtaken or changes nothing."""
    row = locked.rows[intent.city_price_id]
    if intent.limits is not None:
        row.floor, row.ceiling = intent.limits
    if intent.actor is None:
        row.floor = margins.floor_of(row)
    is_decided = (row.pk, intent.look_number) in decided
    if row.price == intent.price or is_decided or _is_overtaken(locked, row, intent):
        return None
    update = _draft(locked.store, row, intent)
    reason = _why_held(locked, update, intent)
    if reason is not None:
        _hold(update, reason)
    elif intent.actor is None and locked.store.mode == Store.Mode.ASK:
        update.state = State.PROPOSED
    else:
        _let_go(locked, update)
    return update


def _is_overtaken(locked: LockedPrices, row: CityPrice, intent: Intent) -> bool:
    """Whether the price has moved, or what decides it was edited, since the decision."""
    is_edited = intent.policy_version is not None and intent.policy_version != locked.policy_version(row)
    return row.version != intent.seen_version or is_edited


def _why_not_approved(locked: LockedPrices, update: ProductPriceUpdate) -> str | None:
    """
    A person's yes does not make a rule's price his own: it is a yes to this move, and the gate asks of it what it asks
    of rules, by the market as it was last seen.
    """
    row = update.city_price
    if row.price != update.old_price:
        return Hold.MOVED_SINCE
    proposal = gate.Proposal(
        update.new_price,
        is_by_person=False,
        age_seconds=_age(row.market.looked_at if row.market else None),
        earns_margin=margins.does_earn_margin(update.product, update.new_price),
        is_agreed=True,
    )
    history = locked.history(row, locked.shown_now(row), changes_ahead=0)
    return _closed_by_gate(locked, update, proposal, history)


def _draft(store: Store, row: CityPrice, intent: Intent) -> ProductPriceUpdate:
    return ProductPriceUpdate(
        store=store,
        product=row.product,
        city_price=row,
        city_id=row.city_id,
        origin=intent.origin,
        actor=intent.actor,
        old_price=row.price,
        new_price=_storable(intent.price, instead=row.price),
        floor=row.floor,
        ceiling=row.ceiling,
        why=intent.why,
        look_number=intent.look_number,
        rule_id=intent.rule_id,
        undoes_id=intent.undoes_id,
    )


def _storable(price: object, instead: int) -> int:
    """The price, or another where its column cannot hold it: the gate refuses that, and the refusal is kept."""
    return price if type(price) is int and 0 <= price <= MAX_SUM else instead


def _why_held(locked: LockedPrices, update: ProductPriceUpdate, intent: Intent) -> str | None:
    is_by_person = intent.actor is not None
    # A person may ask less than he usually wants to earn; his rules may not.
    earns_margin = is_by_person or margins.does_earn_margin(update.product, intent.price)
    proposal = gate.Proposal(intent.price, is_by_person, _age(intent.looked_at), earns_margin, intent.is_undo)
    changes_ahead = 0 if is_by_person else locked.changes_ahead(update.city_price, intent.worth)
    history = locked.history(update.city_price, intent.shown, changes_ahead)
    reason = _closed_by_gate(locked, update, proposal, history)
    # Where nothing leaves, nothing waits for its turn either.
    if not is_by_person and locked.store.mode == Store.Mode.WATCH and reason in {None, *WAITS}:
        return Hold.WATCH_ONLY
    return reason


def _age(looked_at: datetime | None) -> float | None:
    """Seconds since then."""
    return None if looked_at is None else (timezone.now() - looked_at).total_seconds()


def _closed_by_gate(
    locked: LockedPrices, update: ProductPriceUpdate, proposal: gate.Proposal, history: gate.History
) -> str | None:
    limits = locked.limits(update.city_price, update.rule_id)
    facts = to_builtins(limits) | to_builtins(history)
    facts |= {"known": history.shown in history.known, "earns_margin": proposal.earns_margin}
    update.why = {**update.why, "gate": facts}
    return gate.why_closed(proposal, limits, history)


def _hold(update: ProductPriceUpdate, reason: str) -> None:
    update.state, update.hold_code = State.HELD, reason
    if reason in WAITS:
        # Its look is not used up: the price is decided from it again when the turn comes.
        update.look_number = None


def _let_go(locked: LockedPrices, update: ProductPriceUpdate) -> None:
    """The price may leave: its row is moved in memory, and one more change of the budget is spent."""
    row = update.city_price
    update.state, update.hold_code, update.approved_at = State.APPROVED, "", timezone.now()
    update.old_price, row.price = row.price, update.new_price
    row.version += 1
    if update.actor is not None:
        row.confirmed_price = update.new_price
    locked.changes_in_half_hour += 1


def _find_repeated(updates: Sequence[ProductPriceUpdate]) -> set[int]:
    """Price rows where the same answer stands already: a hold and a question are written once, not at every look."""
    kept_back = {update.city_price_id: update for update in updates if update.state in (State.HELD, State.PROPOSED)}
    if not kept_back:
        return set()
    of_rows = ProductPriceUpdate.everything.filter(city_price__in=list(kept_back))
    newest = of_rows.order_by().values("city_price").annotate(newest=Max("pk")).values("newest")
    standing = of_rows.filter(Q(pk__in=newest) | Q(state=State.PROPOSED)).defer("why")
    return {each.city_price_id for each in standing if _says_the_same(each, kept_back[each.city_price_id])}


def _says_the_same(standing: ProductPriceUpdate, update: ProductPriceUpdate) -> bool:
    """A hold for the same reason, a question that still waits, or one that a person said no to."""
    if standing.new_price != update.new_price:
        return False
    if update.state == State.HELD:
        return (standing.state, standing.hold_code) == (State.HELD, update.hold_code)
    is_waiting = standing.state == State.PROPOSED and standing.old_price == update.old_price
    return is_waiting or standing.state == State.REFUSED


# --- Writing ----------------------------------------------------------------------------------------------------------


def _queue_up(locked: LockedPrices, judged: Sequence[tuple[Intent, ProductPriceUpdate]]) -> None:
    """What a rule wants and has no place for waits for its turn; whatever else was said of a price ends its waiting."""
    is_waiting = {update.city_price_id: _does_wait(update) for _, update in judged}
    queue.leave([row_id for row_id in locked.turns if not is_waiting.get(row_id, True)])
    for intent, update in judged:
        if is_waiting[update.city_price_id]:
            row = update.city_price
            is_correction = gate.is_correction(row.floor, row.price)
            queue.wait(locked.store, row, intent.worth, intent.look_number, is_correction=is_correction)


def _does_wait(update: ProductPriceUpdate) -> bool:
    return update.origin == Origin.RULE and update.state == State.HELD and update.hold_code in WAITS


def _write(store: Store, updates: Sequence[ProductPriceUpdate]) -> None:
    _overtake(updates)
    ProductPriceUpdate.everything.bulk_create(updates)
    _move_prices(store, updates)


def _confirm(intents: Sequence[Intent]) -> None:
    if intents:
        rows = CityPrice.everything.filter(pk__in=[intent.city_price_id for intent in intents])
        rows.update(confirmed_price=F("price"))


def _overtake(updates: Sequence[ProductPriceUpdate]) -> None:
    """What is on its way, or waits for a person, gives place to these."""
    for state, overtaken in OVERTAKEN.items():
        rows = [update.city_price_id for update in updates if update.state == state]
        if rows:
            standing = ProductPriceUpdate.everything.filter(city_price__in=rows, state__in=overtaken)
            itself = [update.pk for update in updates if update.pk is not None]
            standing.exclude(pk__in=itself).update(state=State.SUPERSEDED)


def _move_prices(store: Store, updates: Sequence[ProductPriceUpdate]) -> None:
    """Let the prices go that may: their rows say it, and the next price list will."""
    left = [update for update in updates if update.state == State.APPROVED]
    if not left:
        return
    # What was approved before has been overtaken: each row has one approved update, and it says the price.
    approved = ProductPriceUpdate.everything.filter(city_price=OuterRef("pk"), state=State.APPROVED).order_by("-pk")
    rows = CityPrice.everything.filter(pk__in=[update.city_price_id for update in left])
    rows.update(price=Subquery(approved.values("new_price")[:1]), version=F("version") + 1)
    confirmed = [update.city_price_id for update in left if update.actor is not None]
    if confirmed:
        CityPrice.everything.filter(pk__in=confirmed).update(confirmed_price=F("price"))
        end_wait(confirmed)
    undone = [update.undoes_id for update in left if update.undoes_id is not None]
    if undone:
        ProductPriceUpdate.everything.filter(pk__in=undone).update(state=State.UNDONE)
    mark_stale(store.pk, {update.product_id for update in left})


# --- Telling ----------------------------------------------------------------------------------------------------------


def _notify(update: ProductPriceUpdate) -> None:
    """One message about what became of a price, where that is news."""
    if update.hold_code in QUIET:
        return
    kind, event, more = {
        State.APPROVED: (Kind.PRICE_CHANGED, f"approved:{update.pk}", {}),
        State.PROPOSED: (Kind.PRICE_PROPOSED, f"proposed:{update.pk}", {}),
        State.HELD: (Kind.PRICE_HELD, _held_event(update), {"code": update.hold_code}),
    }[State(update.state)]
    facts = _facts(update) | more
    notify(update.store_id, kind, event=event, product_id=update.product_id, facts=facts)


def _held_event(update: ProductPriceUpdate) -> str:
    """A spent budget is one event of the store in its half hour; other reasons are one in a day, of store or price."""
    if update.hold_code in WAITS:
        return f"held:{Hold.BUDGET_SPENT}:{int(timezone.now().timestamp()) // HALF_HOUR_SECONDS}"
    if update.hold_code in REASONS_OF_STORE:
        return f"held:{update.hold_code}:{timezone.localdate()}"
    return f"held:{update.city_price_id}:{update.hold_code}:{timezone.localdate()}"


def _facts(update: ProductPriceUpdate) -> dict[str, Any]:
    return {
        "sku": update.product.sku,
        "city_id": update.city_id,
        "old_price": update.old_price,
        "new_price": update.new_price,
        "floor": update.floor,
        "ceiling": update.ceiling,
    }
