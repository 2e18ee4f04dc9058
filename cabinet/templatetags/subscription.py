from typing import Any

from django import template

from cabinet.presenters import subscription

register = template.Library()

register.filter("when", subscription.when)


@register.inclusion_tag("cabinet/_plan_notice.html", takes_context=True)
def plan_notice(context: dict[str, Any]) -> dict[str, Any]:
    """What a signed-in person has to know of his plan, on every page."""
    user, frame = context["user"], context.get("frame")
    notice = subscription.notice_of(user, frame.store if frame else None) if user.is_authenticated else None
    return {"notice": notice}
