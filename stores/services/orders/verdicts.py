"""What an order shows of an action on it."""

from collections.abc import Mapping
from enum import StrEnum

from stores.models import Order, OrderAction, OrderItem
from stores.services.orders.lifecycle import Stage, Verb, stage_of
from stores.services.orders.wishes import Reduce, Weigh, read_wish


class Verdict(StrEnum):
    """It shows that it was done; it does not show it; it cannot show it."""

    DONE = "done"
    UNSEEN = "unseen"
    UNTOLD = "untold"


_ENDED_BY_CANCELLING = {Stage.CANCELLED, Stage.COMING_BACK}
_RECEIVED = {Stage.COMPLETED, Stage.RETURNING, Stage.RETURNED}
_BACK = {Stage.CANCELLED, Stage.RETURNED}
_PACKED_OR_LATER = {Stage.PACKED, Stage.CARRIED, *_RECEIVED, Stage.COMING_BACK}

# Done is: the order stands in one of these.
_SHOWN_BY_STAGE: dict[str, set[Stage]] = {
    Verb.ACCEPT: set(Stage) - {Stage.NEW, Stage.CANCELLED, Stage.UNKNOWN},
    Verb.CANCEL: _ENDED_BY_CANCELLING,
    Verb.ISSUE: _RECEIVED,
    Verb.TAKE_BACK: _BACK,
}


def what_came_of(action: OrderAction, order: Order, items: Mapping[int, OrderItem]) -> Verdict:
    """Judge an action that left by the order as it was read afterwards; `items` by number."""
    match action.kind:
        case Verb.SEND_CODE | Verb.IMEI:
            return Verdict.UNTOLD
        case Verb.ASSEMBLE:
            return _assembled(action, order)
        case Verb.ARRIVE:
            # Whether the marketplace takes the mark of a pre-order away is not documented: gone, it tells; kept, not.
            return Verdict.UNTOLD if order.is_preorder else Verdict.DONE
        case Verb.REDUCE | Verb.WEIGH:
            return _seen(_is_reduced(action, items))
    return _seen(stage_of(order) in _SHOWN_BY_STAGE[action.kind])


def _assembled(action: OrderAction, order: Order) -> Verdict:
    """Packed a second time, into another number of parcels, the order looks as before."""
    if action.arguments["again"]:
        return Verdict.UNTOLD
    return _seen(order.is_assembled or stage_of(order) in _PACKED_OR_LATER)


def _is_reduced(action: OrderAction, items: Mapping[int, OrderItem]) -> bool:
    wish = read_wish(action.kind, action.arguments)
    if isinstance(wish, Reduce):
        return all(items[piece.number].quantity == piece.remaining for piece in wish.entries if piece.number in items)
    return isinstance(wish, Weigh) and all(
        items[entry.number].weight_g == entry.weight_g for entry in wish.entries if entry.number in items
    )


def _seen(shown: bool) -> Verdict:  # noqa: FBT001 -- the one thing it is asked
    return Verdict.DONE if shown else Verdict.UNSEEN
