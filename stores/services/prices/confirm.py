"""What a person must type twice: numbers that look like a slip, each with what was understood."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from stores.models import CityPrice, Product
from stores.services.errors import Refusal
from stores.services.money import thousands
from stores.services.prices.margins import margins_of

NAMES = ("floor", "ceiling", "price")
# A slip of units is a hundred or a thousand times; nothing that a seller means is.
FAR_OFF = 100


def check_confirmed(
    product: Product, rows: Iterable[CityPrice], values: Mapping[str, Any], confirm: Mapping[str, int]
) -> None:
    """
    Refuse values that look like a slip, unless each of them is repeated in `confirm`.

    Raises Refusal (`confirm_needed`), whose fields say of each number how it was understood.
    """
    doubts: dict[str, list[str]] = {}
    for row in rows:
        for name, doubt in _doubts(product, row, values):
            if confirm.get(name) != values[name] and doubt not in doubts.setdefault(name, []):
                doubts[name].append(doubt)
    asked = {name: texts for name, texts in doubts.items() if texts}
    if asked:
        repeat = ", ".join(f"{name} {thousands(values[name])} ₸" for name in asked)
        text = _("This looks like a slip. If it is meant, send the same numbers again in confirm: %(repeat)s.")
        raise Refusal("confirm_needed", text % {"repeat": repeat}, asked)


def _doubts(product: Product, row: CityPrice, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(field, sentence) for each number that is new to the row and looks like a slip."""
    new = {name: values[name] for name in NAMES if values.get(name) not in (None, getattr(row, name))}
    for name, value in new.items():
        yield from ((name, doubt) for doubt in doubt_of_size(row.price, value))
    if "floor" in new:
        break_even = margins_of(product).break_even
        doubts = doubts_of_floor(row.floor, new["floor"], product.purchase_cost, break_even)
        yield from (("floor", doubt) for doubt in doubts)


def is_far_off(present: int, new: int) -> bool:
    """Whether an amount is so far from another one that its units were mistaken."""
    return new * FAR_OFF <= present or new >= present * FAR_OFF


def doubt_of_size(price: int, new: int) -> list[str]:
    """What to ask of a new amount of a product whose price is this: one sentence or none."""
    if is_far_off(price, new):
        text = _("%(new)s ₸ is very far from the present price, %(price)s ₸.")
        return [text % {"new": thousands(new), "price": thousands(price)}]
    return []


def doubts_of_floor(present: int | None, floor: int, cost: int | None, break_even: int | None) -> Iterator[str]:
    """
    What to ask of a new floor. `present`: the one before; `cost`: what the piece was bought for; `break_even`: the
    price from which on it loses nothing. None: there is none, or nobody knows.
    """
    if present is not None and floor * 2 < present:
        yield _("%(new)s ₸ is less than half of the present floor, %(floor)s ₸.") % {
            "new": thousands(floor),
            "floor": thousands(present),
        }
    if break_even is not None and floor < break_even:
        yield _("At %(new)s ₸ a piece is sold at a loss: it loses nothing from %(cost)s ₸ on.") % {
            "new": thousands(floor),
            "cost": thousands(break_even),
        }
    elif cost is not None and floor < cost:
        yield _("%(new)s ₸ is under the purchase cost, %(cost)s ₸.") % {
            "new": thousands(floor),
            "cost": thousands(cost),
        }


def doubts_of_cost(present: int | None, cost: int, prices: Iterable[int]) -> list[str]:
    """
    What to ask of a new purchase cost: one sentence or none. It is compared with the `present` one; where there is
    none, with the product's `prices`.
    """
    if not present:
        return next((doubts for price in prices if (doubts := doubt_of_size(price, cost))), [])
    if not is_far_off(present, cost):
        return []
    text = _("%(new)s ₸ is very far from the present purchase cost, %(cost)s ₸.")
    return [text % {"new": thousands(cost), "cost": thousands(present)}]


def doubts_of_margin_floor(present: int | None, new: int | None) -> list[str]:
    """What to ask of a fact that moves the floor which the wanted margin gives: one sentence or none."""
    if present is None or new is None or new * 2 >= present:
        return []
    text = _("With this the wanted margin lets prices go down to %(new)s ₸, less than half of %(floor)s ₸.")
    return [text % {"new": thousands(new), "floor": thousands(present)}]
