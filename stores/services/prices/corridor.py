"""The corridor of one price: what fits in it, and what a person is told of what does not. Whole tenge, no database."""

from django.utils.translation import gettext as _

from stores.services.cities import city_name
from stores.services.errors import Refusal
from stores.services.money import thousands

LIMITS = ("floor", "ceiling")


def check_corridor(floor: int | None, ceiling: int | None) -> None:
    """Raises Refusal (`limits_crossed`)."""
    if floor is not None and ceiling is not None and floor > ceiling:
        text = _("The floor %(floor)s is above the ceiling %(ceiling)s. Write a floor that is not higher.")
        message = text % {"floor": thousands(floor), "ceiling": thousands(ceiling)}
        raise Refusal("limits_crossed", message, {name: [message] for name in LIMITS})


def nearest(price: int, floor: int | None, ceiling: int | None) -> int:
    """The price of the corridor that is nearest to this one."""
    not_over = price if ceiling is None else min(price, ceiling)
    return not_over if floor is None else max(not_over, floor)


def outside(city_id: str, price: int, floor: int | None, ceiling: int | None) -> Refusal:
    """What to say of a price that lies outside."""
    text = _(
        "The price %(price)s in city %(city)s lies outside the new limits %(floor)s–%(ceiling)s. "
        "Change the price too, or let it go to the nearest limit (move_prices)."
    )
    facts = {
        "price": thousands(price),
        "city": city_name(city_id),
        "floor": thousands(floor),
        "ceiling": thousands(ceiling),
    }
    return Refusal("price_outside_limits", text % facts)


def narrowed(
    wanted: tuple[int | None, int | None], present: tuple[int | None, int | None], price: int
) -> tuple[int | None, int | None]:
    """The present limits, drawn in to the wanted ones where those are narrower, as far as the present price fits in."""
    floors, ceilings = ([limit for limit in pair if limit is not None] for pair in zip(wanted, present, strict=True))
    return (
        min(max(floors), price) if floors else None,
        max(min(ceilings), price) if ceilings else None,
    )


def with_room(
    wanted: tuple[int | None, int | None], present: tuple[int | None, int | None], price: int
) -> tuple[int | None, int | None]:
    """
    The wanted limits, as wide as the present price needs them.

    A row keeps its rule "price within limits" at every moment: first room for both prices, then the move, then the
    limits that were meant.
    """
    floor, ceiling = wanted
    return (
        None if floor is None or present[0] is None else min(floor, present[0], price),
        None if ceiling is None or present[1] is None else max(ceiling, present[1], price),
    )
