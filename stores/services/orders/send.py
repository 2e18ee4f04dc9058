"""One action as the request it is."""

from collections.abc import Sequence

import kaspi
from stores.models import Order, OrderItem
from stores.services.orders.lifecycle import Verb
from stores.services.orders.wishes import Assemble, Cancel, Issue, Reduce, TellImei, Weigh, Wish


async def send(api: kaspi.OrdersApi, verb: Verb, order: Order, items: Sequence[OrderItem], wish: Wish) -> None:
    """Send it once. Raises what the client raises."""
    entry_ids = {item.entry_number: item.entry_id for item in items}
    match wish:
        case Cancel(reason=reason, comment=comment):
            await api.cancel(order.code, reason, comment)
        case Reduce():
            await _reduce(api, order, [_reduction(wish, number, entry_ids) for number in range(len(wish.entries))])
        case Weigh():
            await api.reduce_entries(order.code, _weights(wish, {item.entry_number: item for item in items}))
        case Assemble(parcels=parcels):
            await api.assemble(order.code, parcels)
        case Issue(code=code):
            await api.issue(order.code, code)
        case TellImei(number=number, units=units):
            await api.register_imeis(entry_ids[number], units)
        case _:
            await _send_word(api, verb, order.code)


async def _send_word(api: kaspi.OrdersApi, verb: Verb, code: str) -> None:
    """The verbs that need no more than the order's number."""
    words = {
        Verb.ACCEPT: api.accept,
        Verb.SEND_CODE: api.send_code,
        Verb.ARRIVE: api.arrive,
        Verb.TAKE_BACK: api.take_back,
    }
    await words[verb](code)


async def _reduce(api: kaspi.OrdersApi, order: Order, reductions: Sequence[kaspi.Reduction]) -> None:
    """One line by the call for lines; several at once, so that they are done together or not at all."""
    if len(reductions) == 1:
        await api.reduce_entry(reductions[0])
    else:
        await api.reduce_entries(order.code, reductions)


def _reduction(wish: Reduce, index: int, entry_ids: dict[int, str]) -> kaspi.Reduction:
    piece = wish.entries[index]
    return kaspi.Reduction(entry_ids[piece.number], piece.remaining, wish.reason, wish.comment)


def _weights(wish: Weigh, items: dict[int, OrderItem]) -> list[kaspi.Reduction]:
    return [
        kaspi.Reduction(
            items[entry.number].entry_id,
            items[entry.number].quantity,
            kaspi.CancelReason.PRODUCT_UNDERWEIGHT,
            wish.comment,
            entry.weight_g,
        )
        for entry in wish.entries
    ]
