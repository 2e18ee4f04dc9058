"""The sentence of a notification, made from its kind and facts in the active language."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from stores.models import Availability, BreakerTrip, Indicator, Notification, Order, OrderAction
from stores.services.cities import city_name
from stores.services.money import thousands
from stores.services.prices.explain import HOLDS, why_held

Kind = Notification.Kind
Words = dict[str, str]

PRICES = ("old_price", "new_price", "rival_price", "shown_price")
PAUSES = (Kind.PRODUCT_PAUSED, Kind.STORE_PAUSED, Kind.EVERYTHING_STOPPED)
TEXTS: Mapping[str, str | Promise] = {
    Kind.PRICE_CHANGED: gettext_lazy("%(sku)s in %(city)s: %(old_price)s → %(new_price)s ₸"),
    Kind.PRICE_PROPOSED: gettext_lazy("%(sku)s in %(city)s: shall the price go from %(old_price)s to %(new_price)s ₸?"),
    Kind.PRICE_HELD: gettext_lazy(
        "%(sku)s in %(city)s stays at %(old_price)s ₸ instead of %(new_price)s ₸. %(reason)s"
    ),
    Kind.PRICE_LIST_REFUSED: gettext_lazy(
        "Price list %(number)s was not released: %(reason)s. The last good one is still served."
    ),
    Kind.NOT_WRITTEN: gettext_lazy(
        "The price list could not be written. The last good one is still served. The service desk has to look at it."
    ),
    Kind.NOT_PUBLISHED: gettext_lazy(
        "Prices approved since %(since)s are in no price list yet. The service desk has to look at it."
    ),
    Kind.NOT_PULLED: gettext_lazy(
        "The marketplace has not fetched the price list since %(since)s. Check its address, login and password there."
    ),
    Kind.NOT_SEEN: gettext_lazy("New prices that the storefront still does not show: %(count)s (%(skus)s)."),
    Kind.PRICES_RESTORED: gettext_lazy("Prices put back: %(restored)s. Left as they are: %(kept)s."),
    Kind.PRICES_FORGOTTEN: gettext_lazy(
        "Prices that waited for their turn since %(since)s will not be set: products %(count)s (%(skus)s). %(reason)s "
        "Look at their prices and limits."
    ),
    Kind.BLIND: gettext_lazy("The storefront has not answered since %(since)s. Prices hold until it does."),
    Kind.CHANGED_BY_HAND: gettext_lazy(
        "%(sku)s in %(city)s: the marketplace shows %(shown_price)s ₸, which was not set here, instead of "
        "%(old_price)s ₸. The product is paused. Resume it, and set that price here too if it is to stay."
    ),
    Kind.PRODUCT_PAUSED: gettext_lazy("%(sku)s is paused: %(reason)s. Look at its price, then resume it."),
    Kind.STORE_PAUSED: gettext_lazy(
        "The store is paused: %(reason)s. The price list goes on with today's stock, at its last prices. Look at the "
        "prices, then choose a mode again."
    ),
    Kind.EVERYTHING_STOPPED: gettext_lazy(
        "All prices are stopped: %(reason)s. The price lists are still served, at their last prices. The service desk "
        "is looking."
    ),
    Kind.NEW_RIVAL: gettext_lazy("%(sku)s in %(city)s: %(merchant)s sells it now too, for %(rival_price)s ₸."),
    Kind.STUCK_ON: gettext_lazy("%(merchant)s has joined your card %(sku)s in %(city)s and asks %(rival_price)s ₸."),
    Kind.CARD_UNKNOWN: gettext_lazy(
        "%(sku)s in %(city)s: the marketplace does not know card %(card)s, or nobody sells on it. We look again from "
        "time to time; check the card's number."
    ),
    Kind.TOKEN_REFUSED: gettext_lazy(
        "The marketplace refuses the API token …%(last_four)s. Orders and new cards rest until the owner enters one."
    ),
    Kind.CARDS_JUDGED: gettext_lazy(
        "New cards “%(name)s”: accepted %(accepted)s, refused %(failed)s, passed over %(skipped)s."
    ),
    Kind.CARDS_REFUSED: gettext_lazy("The marketplace took none of the new cards “%(name)s”: %(refusal)s"),
    Kind.CARDS_UNSURE: gettext_lazy(
        "The marketplace gave no answer to the new cards “%(name)s”. Look whether they are in its cabinet, and say so "
        "on their page: they are not sent again by themselves."
    ),
    Kind.ORDERS_SILENT: gettext_lazy(
        "New orders have not been read since %(since)s. Look into the marketplace's cabinet: they wait to be accepted."
    ),
    Kind.ORDER_UNREAD: gettext_lazy(
        "The marketplace tells order %(code)s in a way that we do not understand (%(path)s). Handle it in its cabinet: "
        "the order is not shown here, and its time runs."
    ),
    Kind.ORDER_NOT_MOVED: gettext_lazy("Order %(code)s: “%(what)s” failed. %(reason)s"),
    Kind.RETURNS_OVERDUE: gettext_lazy(
        "Goods have not come back for %(days)s days: orders %(orders)s, sold for %(amount)s ₸. Look where they are, "
        "and say what came of them on the page of returns."
    ),
    Kind.QUALITY_NEAR: gettext_lazy("%(indicator)s: %(measured)s, and the limit is %(limit)s. %(left)s"),
    Kind.QUALITY_OVER: gettext_lazy(
        "%(indicator)s: %(measured)s, beyond the limit of %(limit)s. The marketplace lowers or closes such shops."
    ),
    Kind.ORDER_HALF_TIME: gettext_lazy("Order %(code)s: half of the time is over. %(what)s until %(until)s."),
    Kind.ORDER_ENDING: gettext_lazy("Order %(code)s: little time is left. %(what)s until %(until)s."),
    Kind.STOCK_DOUBTED: gettext_lazy(
        "%(sku)s at %(point)s: is the stock of %(stock)s right? Order %(order)s: %(reason)s. Count it; until then its "
        "price is not lowered."
    ),
    Kind.STOCKS_OLD: gettext_lazy(
        "Stocks that were counted more than %(days)s days ago: %(count)s. Count them or say that they are right; until "
        "then their prices are not lowered."
    ),
    Kind.SUBSCRIPTION_ENDED: gettext_lazy(
        "The plan has ended. Prices stay where they are, and the price list is served until %(until)s. Choose a plan, "
        "and the rules go on by themselves; or switch automatic loading off at the marketplace before then."
    ),
}

# Why a stock is doubtful, within a sentence.
STOCK_DOUBTS: Mapping[str, str | Promise] = {
    Availability.Doubt.EXCEEDED: gettext_lazy("more was ordered than there was"),
    Availability.Doubt.NO_GOODS: gettext_lazy("it was cancelled for want of goods"),
}

# Why prices are forgotten that waited for their turn, where no hold code says it.
FORGOTTEN: Mapping[str, str | Promise] = {
    "not_allowed": gettext_lazy("Who wanted them may no longer change prices."),
    "unfit": gettext_lazy("They do not fit the products as they are now."),
}

# Why the checker kept a price list back, by its code.
REFUSALS: Mapping[str, str | Promise] = {
    "malformed": gettext_lazy("the file cannot be read back"),
    "unwritable": gettext_lazy("something in it is written as the marketplace does not allow"),
    "unknown_offer": gettext_lazy("%(sku)s in %(city)s stands in it, but not in the store"),
    "under_floor": gettext_lazy("%(sku)s would be under its floor"),
    "over_ceiling": gettext_lazy("%(sku)s would be above its ceiling"),
    "out_of_place": gettext_lazy("%(sku)s stands in it twice, or out of its place"),
    "price_without_city": gettext_lazy("%(sku)s has a price without a city"),
    "other_merchant": gettext_lazy("it is the list of another merchant"),
    "not_the_price": gettext_lazy("%(sku)s has another price than in the store"),
    "not_the_offer": gettext_lazy("%(sku)s stands in it otherwise than in the store"),
    "sold_without_price": gettext_lazy("%(sku)s would be on sale in %(city)s without a price there"),
    "missing": gettext_lazy("products of the store are not in it (%(read)s)"),
    "off_sale": gettext_lazy("too many products would go off sale (%(read)s)"),
    "shrunk": gettext_lazy("too many products are missing from it (%(read)s)"),
    "many_moved": gettext_lazy("too many prices would move far at once (%(read)s)"),
}


def text_of(notification: Notification) -> str:
    """The message as a person reads it."""
    told: dict[str, Any] = notification.facts
    facts: dict[str, Any] = {name: thousands(told[name]) if name in PRICES else told[name] for name in told}
    for moment in ("since", "until"):
        if moment in facts:
            facts[moment] = _local(facts[moment])
    if "city_id" in facts:
        facts["city"] = city_name(facts["city_id"])
    if in_words := IN_WORDS.get(notification.kind):
        facts |= in_words(facts)
    return str(TEXTS[notification.kind]) % facts


def why_refused(facts: Mapping[str, Any]) -> str:
    """Why the checker kept a price list back, from what it stored with the list."""
    return str(REFUSALS[facts["code"]]) % {**facts, "city": city_name(facts.get("city_id", ""))}


def _skus(facts: Mapping[str, Any]) -> Words:
    return {"skus": _named(facts["skus"], facts["count"])}


def _hold(facts: Mapping[str, Any]) -> Words:
    return {"reason": why_held(facts["code"])}


def _forgotten(facts: Mapping[str, Any]) -> Words:
    reasons = {**HOLDS, **FORGOTTEN}
    return _skus(facts) | {"reason": str(reasons.get(facts["code"], FORGOTTEN["unfit"]))}


def _refusal(facts: Mapping[str, Any]) -> Words:
    return {"reason": why_refused(facts)}


def _action(facts: Mapping[str, Any]) -> Words:
    reason = " ".join(filter(None, (str(OrderAction.Why(facts["why"]).label), facts["words"])))
    return {"what": str(OrderAction.Kind(facts["kind"]).label), "reason": reason}


def _unread(facts: Mapping[str, Any]) -> Words:
    return {"code": facts["code"] or "…"}


def _returns(facts: Mapping[str, Any]) -> Words:
    return {"orders": _named(facts["orders"], facts["count"]), "amount": thousands(facts["amount"])}


def _duty(facts: Mapping[str, Any]) -> Words:
    return {"what": str(Order.Duty(facts["duty"]).label), "until": _local(facts["ends"])}


def _doubt(facts: Mapping[str, Any]) -> Words:
    return {"reason": str(STOCK_DOUBTS[facts["why"]])}


def _breaker(facts: Mapping[str, Any]) -> Words:
    return {"reason": str(BreakerTrip.Code(facts["code"]).label)}


def _named(names: Sequence[str], count: int) -> str:
    """The first of so many."""
    return ", ".join([*names, "…"] if count > len(names) else names)


def _quality(facts: Mapping[str, Any]) -> Words:
    """An indicator in words: a share with what it was counted from, or a rating."""
    named = {"indicator": str(Indicator(facts["indicator"]).label)}
    value, limit = Decimal(facts["value"]), Decimal(facts["limit"])
    if facts["indicator"] == Indicator.RATING:
        return {**named, "measured": number_format(value, 1), "limit": number_format(limit, 1), "left": ""}
    counted = {"bad": facts["bad"], "of": facts["of"], "share": number_format(value * 100, 1), "days": facts["days"]}
    measured = gettext("%(bad)s of %(of)s orders in %(days)s days (%(share)s %%)") % counted
    left = gettext("So many more, and it is reached: %(left)s.") % {"left": facts["left"] + 1}
    return {**named, "measured": measured, "limit": f"{number_format(limit * 100, 1)} %", "left": left}


def _local(moment: str) -> str:
    """A stored moment as people in Almaty read it; the start of our work where there is none."""
    return date_format(timezone.localtime(datetime.fromisoformat(moment)), "d.m H:i") if moment else "…"


# The facts of a kind that a text wants in other words than they are stored in.
IN_WORDS: Mapping[str, Callable[[Mapping[str, Any]], Words]] = {
    Kind.NOT_SEEN: _skus,
    Kind.PRICE_HELD: _hold,
    Kind.PRICES_FORGOTTEN: _forgotten,
    Kind.PRICE_LIST_REFUSED: _refusal,
    Kind.ORDER_UNREAD: _unread,
    Kind.ORDER_NOT_MOVED: _action,
    Kind.RETURNS_OVERDUE: _returns,
    Kind.QUALITY_NEAR: _quality,
    Kind.QUALITY_OVER: _quality,
    Kind.ORDER_HALF_TIME: _duty,
    Kind.ORDER_ENDING: _duty,
    Kind.STOCK_DOUBTED: _doubt,
    **dict.fromkeys(PAUSES, _breaker),
}
