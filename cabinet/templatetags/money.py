from django import template

register = template.Library()

NARROW_SPACE = "\u202f"


@register.filter
def tenge(amount: int | None) -> str:
    """12345 → `12 345 ₸`; a missing amount is a dash, never a zero."""
    return "–" if amount is None else f"{amount:,}".replace(",", NARROW_SPACE) + f"{NARROW_SPACE}₸"
