from django import template

from money import NARROW_SPACE, thousands

register = template.Library()


register.filter("thousands", thousands)


@register.filter
def tenge(amount: int) -> str:
    """`12 345 ₸`."""
    return f"{thousands(amount)}{NARROW_SPACE}₸"
