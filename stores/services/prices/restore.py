"""
Put many prices of a store back at once: a price list, a rule, a moment, or all that nobody confirmed.

It goes through the gateway like every price, is possible while everything is stopped, and each price that is put back
is a new update that refers to the one it takes back. The rules must not set it again a minute later: the store only
watches until a person resumes it, or the rule that is taken back is switched off. The price list still goes out, for
it carries what was put back: a paused store watches from then on, and what its rules wanted before the pause and no
list has carried goes back too. While everything is stopped it goes out as soon as the stop is released;
`notice_of_stop` says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from stores.models import CityPrice, Notification, PricingRule, Store
from stores.services import access
from stores.services.announcements import announce_prices
from stores.services.notifications import notify
from stores.services.prices import gateway
from stores.services.prices.gate import Hold
from stores.services.prices.rules import switch_off
from stores.services.prices.switches import set_mode
from stores.services.prices.targets import Carried, Target, WithoutRule, newest_updates
from stores.services.rows import batched
from stores.services.transactions import in_transaction


@dataclass(frozen=True, slots=True)
class Restoration:
    """One price of a store: what it is, what it was then, and why it does not go back (a hold code), if so."""

    city_price_id: int
    product_id: int
    sku: str
    city_id: str
    version: int
    price: int
    price_then: int
    hold_code: str = ""


def preview(store: Store, target: Target) -> list[Restoration]:
    """The prices of a store that were others then: what a restore would do. Changes nothing. Raises Refusal."""
    target.check(store)
    then, by_person = target.prices(store), target.set_by_person(store)
    rows = CityPrice.everything.filter(product__store=store).select_related("product").defer("plan", "product__plan")
    return [
        _restoration(row, then[row.pk], is_by_person=row.pk in by_person)
        for row in rows.order_by("product_id", "city_id").iterator()
        if then.get(row.pk, row.price) != row.price
    ]


@in_transaction
def restore(store: Store, target: Target, actor: Any) -> list[Restoration]:
    """
    Put the store's prices back, keep its rules off them, and answer what was done. Twice changes nothing more.

    A price that its limits of today do not allow, or that a person has set since, stays where it is, and the answer
    says why. Raises Forbidden, and Refusal (`moment_in_future`, `unknown_price_list`, `unknown_rule`).
    """
    store = Store.everything.select_for_update().get(pk=store.pk)
    access.require(actor, store, access.Action.CHANGE_PRICES)
    done = _put_all_back(store, target, actor)
    if isinstance(target, WithoutRule):
        switch_off(PricingRule.everything.get(pk=target.rule_id), actor)
    elif done and store.mode != Store.Mode.PAUSED:
        set_mode(store, Store.Mode.WATCH)
    if any(not each.hold_code for each in done):
        release_paused(store, actor)
    _notify(store, done, "restored")
    announce_prices(store.pk, [each.product_id for each in done])
    return done


def release_paused(store: Store, actor: Any) -> None:
    """
    Let the price list of a paused store go out again, for it carries what `actor` has put back; its rules stay off.

    What was paused is not let out with it (`take_back_paused`). The caller holds the lock of the store.
    """
    if store.mode == Store.Mode.PAUSED:
        take_back_paused(store, actor)
        set_mode(store, Store.Mode.WATCH)


def take_back_paused(store: Store, actor: Any) -> None:
    """
    Put prices that rules moved before the pause and no list has carried back to what buyers see, as far as the limits
    of today allow: what was right before the pause need not be right after it, and rules decide anew.

    Whoever lets the price list of a paused store go out calls this first, with the store locked.
    """
    done = _put_all_back(store, Carried(), actor)
    _notify(store, done, "released")
    announce_prices(store.pk, [each.product_id for each in done])


def _put_all_back(store: Store, target: Target, actor: Any) -> list[Restoration]:
    return [
        each
        for portion in batched(preview(store, target), gateway.PORTION)
        for each in _put_back(store, portion, actor)
    ]


def _restoration(row: CityPrice, price_then: int, *, is_by_person: bool) -> Restoration:
    return Restoration(
        city_price_id=row.pk,
        product_id=row.product_id,
        sku=row.product.sku,
        city_id=row.city_id,
        version=row.version,
        price=row.price,
        price_then=price_then,
        hold_code=Hold.MOVED_BY_PERSON if is_by_person else _outside_limits(row, price_then),
    )


def _outside_limits(row: CityPrice, price: int) -> str:
    """The limits of today, as the preview can know them; the gate has the last word."""
    if row.floor is not None and price < row.floor:
        return Hold.UNDER_FLOOR
    if row.ceiling is not None and price > row.ceiling:
        return Hold.OVER_CEILING
    return ""


def _put_back(store: Store, portion: Sequence[Restoration], actor: Any) -> list[Restoration]:
    wanted = [each for each in portion if each.hold_code != Hold.MOVED_BY_PERSON]
    newest = newest_updates([each.city_price_id for each in wanted])
    sent = gateway.send_all(store.pk, [_intent(each, newest, actor) for each in wanted])
    codes = {update.city_price_id: update.hold_code for update in sent if update is not None}
    return [replace(each, hold_code=codes.get(each.city_price_id, each.hold_code)) for each in portion]


def _intent(restoration: Restoration, newest: dict[int, int], actor: Any) -> gateway.Intent:
    return gateway.Intent(
        restoration.city_price_id,
        restoration.price_then,
        restoration.version,
        why=gateway.WHY_UNDO,
        actor=actor,
        is_undo=True,
        undoes_id=newest.get(restoration.city_price_id),
    )


def _notify(store: Store, done: Sequence[Restoration], event: str) -> None:
    """One message for all of them; where nothing went back, the answer has said why."""
    kept = sum(bool(each.hold_code) for each in done)
    if kept < len(done):
        notify(
            store.pk,
            Notification.Kind.PRICES_RESTORED,
            # Each price that leaves raises the version: no two restores have the same.
            event=f"{event}:{store.catalogue_version}",
            facts={"restored": len(done) - kept, "kept": kept},
        )
