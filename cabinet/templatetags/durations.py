from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _

register = template.Library()
MINUTE, HOUR, DAY = 60, 3_600, 86_400


@register.filter
def duration(seconds: int | None) -> str:
    """`40 s`, `3 min`, `2 h`, `4 d`: rounded to the largest unit that fits; what is not known is a dash."""
    if seconds is None:
        return "–"
    if seconds < MINUTE:
        return _("%(count)s s") % {"count": seconds}
    if seconds < HOUR:
        return _("%(count)s min") % {"count": round(seconds / MINUTE)}
    if seconds < DAY:
        return _("%(count)s h") % {"count": round(seconds / HOUR)}
    return _("%(count)s d") % {"count": round(seconds / DAY)}


@register.filter
def seconds_until(moment: datetime) -> int:
    """Whole seconds from now; 0 for what has passed."""
    return max(round((moment - timezone.now()).total_seconds()), 0)
