from django import template

from stores.services.money import NARROW_SPACE, thousands

register = template.Library()


@register.filter
def tenge(amount: int | None) -> str:
    """`12 345 ₸`; a missing amount is a dash."""
    return thousands(amount) if amount is None else f"{thousands(amount)}{NARROW_SPACE}₸"
