from typing import Any

from django import template

from cabinet.presenters.acceptance import decision_of
from stores.models import Order

register = template.Library()


@register.inclusion_tag("cabinet/_acceptance.html")
def acceptance(order: Order) -> dict[str, Any]:
    """What the store's rules said of accepting the order, as a part of its page; nothing where they said nothing."""
    return {"told": decision_of(order)}
