"""
What a person may do about a price list that the checker refused: look at it, and let it go.

His yes is kept with the version that he looked at, and holds until the next list goes live. The list is built again
then, and passes while it is unlike the live one in what he saw, and in no more of it than he saw.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from stores.models import PriceListVersion, Store
from stores.services import access
from stores.services.errors import Refusal
from stores.services.messages import why_refused
from stores.services.prices.price_list.faults import ACCEPTABLE
from stores.services.prices.price_list.stale_offers import mark_stale
from stores.services.transactions import in_transaction


@dataclass(frozen=True)
class ReleaseConsent:
    """What a person lets pass: code of a refusal → what was read when he said yes."""

    actor: Any = None
    figures: Mapping[str, int] = field(default_factory=dict)


def standing_refusal(store: Store) -> PriceListVersion | None:
    """The store's newest price list, if it was refused."""
    newest = PriceListVersion.everything.filter(store=store).order_by("-number").first()
    return newest if newest is not None and newest.refusal is not None else None


def reasons_of(version: PriceListVersion) -> list[Mapping[str, Any]]:
    """All for which the version was refused, as the checker said it: code, read, and examples of what is unlike."""
    return [] if version.refusal is None else [version.refusal, *version.refusal.get("also", ())]


def is_acceptable(version: PriceListVersion) -> bool:
    """Whether a person may let it go: it was refused for nothing but being unlike the one before."""
    reasons = reasons_of(version)
    return bool(reasons) and all(reason["code"] in ACCEPTABLE for reason in reasons)


def consent_of(store: Store) -> ReleaseConsent:
    """What a person has said yes to since the last list that went live; nothing, if nobody has."""
    refused = _refused_since_live(store).filter(accepted_by__isnull=False).select_related("accepted_by")
    version = refused.order_by("-number").first()
    return ReleaseConsent() if version is None else ReleaseConsent(version.accepted_by, _figures(version))


@in_transaction
def accept(version: PriceListVersion, actor: Any) -> None:
    """
    A person has looked at this refused list and says that it is right. Saying it twice changes nothing more.

    Raises Refusal: `not_acceptable` for what nobody may let go, `list_moved_on` where another list has gone live since,
    or what is refused now is more than he saw.
    """
    store = Store.everything.select_for_update().get(pk=version.store_id)
    version = PriceListVersion.everything.get(pk=version.pk)
    if not is_acceptable(version):
        raise Refusal("not_acceptable", _("Only a list that merely differs much from the one before can be released."))
    standing = standing_refusal(store)
    if standing is None or not _refused_since_live(store).filter(pk=version.pk).exists():
        raise Refusal("list_moved_on", _("Another price list has been released since. This one is out of date."))
    _check_no_larger(standing, _figures(version))
    PriceListVersion.everything.filter(pk=version.pk).update(accepted_by=actor)
    mark_stale(store.pk)


@in_transaction
def release_anyway(version: PriceListVersion, actor: Any) -> None:
    """Like `accept`, by one of the store's people. Raises Forbidden too."""
    access.require(actor, version.store, access.Action.CHANGE_PRICES)
    accept(version, actor)


def _check_no_larger(standing: PriceListVersion, seen: Mapping[str, int]) -> None:
    now = reasons_of(standing)
    if not all(reason["code"] in seen and reason["read"] <= seen[reason["code"]] for reason in now):
        text = _("More has changed by now: %(reasons)s. Look at it again.")
        raise Refusal("list_moved_on", text % {"reasons": "; ".join(map(why_refused, now))})


def _figures(version: PriceListVersion) -> dict[str, int]:
    return {reason["code"]: reason["read"] for reason in reasons_of(version)} if is_acceptable(version) else {}


def _refused_since_live(store: Store) -> Any:
    """Refused lists that are newer than the live one."""
    versions = PriceListVersion.everything.filter(store=store)
    live = versions.filter(refusal__isnull=True).aggregate(number=Max("number"))["number"] or 0
    return versions.filter(refusal__isnull=False, number__gt=live)
