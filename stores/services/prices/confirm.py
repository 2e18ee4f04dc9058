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
        for name, doubt in doubts_of(product, row, values):
            if confirm.get(name) != values[name] and doubt not in doubts.setdefault(name, []):
                doubts[name].append(doubt)
    asked = {name: texts for name, texts in doubts.items() if texts}
    if asked:
        repeat = ", ".join(f"{name} {thousands(values[name])} ₸" for name in asked)
        text = _("This looks like a slip. If it is meant, send the same numbers again in confirm: %(repeat)s.")
        raise Refusal("confirm_needed", text % {"repeat": repeat}, asked)


def doubts_of(product: Product, row: CityPrice, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(field, sentence) for each of floor, ceiling and price that is new to the row and looks like a slip."""
    new = {name: values[name] for name in NAMES if values.get(name) not in (None, getattr(row, name))}
    for name, value in new.items():
        if value * FAR_OFF <= row.price or value >= row.price * FAR_OFF:
            yield (
                name,
                _("%(new)s ₸ is very far from the present price, %(price)s ₸.")
                % {
                    "new": thousands(value),
                    "price": thousands(row.price),
                },
            )
    if "floor" in new:
        yield from (("floor", doubt) for doubt in _doubts_of_floor(product, row, new["floor"]))


def _doubts_of_floor(product: Product, row: CityPrice, floor: int) -> Iterator[str]:
    if row.floor is not None and floor * 2 < row.floor:
        yield _("%(new)s ₸ is less than half of the present floor, %(floor)s ₸.") % {
            "new": thousands(floor),
            "floor": thousands(row.floor),
        }
    break_even = margins_of(product).break_even
    if break_even is not None and floor < break_even:
        yield _("At %(new)s ₸ a piece is sold at a loss: it loses nothing from %(cost)s ₸ on.") % {
            "new": thousands(floor),
            "cost": thousands(break_even),
        }
    elif product.purchase_cost is not None and floor < product.purchase_cost:
        yield _("%(new)s ₸ is under the purchase cost, %(cost)s ₸.") % {
            "new": thousands(floor),
            "cost": thousands(product.purchase_cost),
        }
