"""Writing a price list: one article a line, in constant memory but for the set of SKUs."""

from collections.abc import Iterable
from typing import BinaryIO

from kaspi.errors import InvalidOffer, InvalidPriceList
from kaspi.price_list.pattern import OfferPattern, Place, escaped, whole
from kaspi.price_list.schema import MAX_NUMBER, MERCHANT_ID, NAMESPACE
from kaspi.price_list.types import Availability, PriceListHeader, PriceListOffer

_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<kaspi_catalog date="{date}"\n'
    f'    xmlns="{NAMESPACE}"\n'
    '    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"\n'
    f'    xsi:schemaLocation="{NAMESPACE} http://kaspi.kz/kaspishopping.xsd">\n'
    "<company>{company}</company>\n"
    "<merchantid>{merchant_id}</merchantid>\n"
    "<offers>\n"
)
PRICE_LIST_TAIL = b"</offers>\n</kaspi_catalog>\n"


def write_price_list(target: BinaryIO, header: PriceListHeader, offers: Iterable[PriceListOffer]) -> int:
    """
    Write the list as UTF-8 and return how many offers it holds. `offers` is read once and not kept.

    Raises InvalidOffer for an article that must not be published, naming SKU, field, what was read and what
    was expected; InvalidPriceList for the header, and for a list without offers, since each article missing
    from the file goes off sale. After an error the target holds a part of a list: write to a temporary
    file, and rename it.
    """
    target.write(render_head(header))
    skus: set[str] = set()
    for offer in offers:
        if offer.sku in skus:
            raise InvalidOffer(offer.sku, "sku", offer.sku, "an SKU that was not in the list before")
        skus.add(offer.sku)
        target.write(render_offer(offer))
    if not skus:
        raise InvalidPriceList("offers", "nothing", "at least one offer")
    target.write(PRICE_LIST_TAIL)
    return len(skus)


def render_head(header: PriceListHeader) -> bytes:
    """The lines before the first offer. Raises InvalidPriceList."""
    return _head(header).encode()


def render_offer(offer: PriceListOffer) -> bytes:
    """
    The line of one offer: `render_head`, such lines, each SKU once, and PRICE_LIST_TAIL make a list.

    Raises InvalidOffer for an article that must not be published.
    """
    try:
        return _offer(offer)
    except InvalidPriceList as invalid:
        raise InvalidOffer(offer.sku, invalid.field, invalid.read, invalid.expected) from None


def _head(header: PriceListHeader) -> str:
    if not MERCHANT_ID.fits(escaped("merchant_id", header.merchant_id)):
        raise InvalidPriceList("merchant_id", header.merchant_id, MERCHANT_ID.words)
    return _HEAD.format(
        date=escaped("date", header.date),
        company=escaped("company", header.company),
        merchant_id=header.merchant_id,
    )


def _offer(offer: PriceListOffer) -> bytes:
    if (offer.price is None) == (not offer.city_prices):
        raise InvalidPriceList("price", (offer.price, offer.city_prices), "either one price or city prices")
    places = tuple(map(_place, offer.availabilities))
    pattern = OfferPattern(places, tuple(each.city_id for each in offer.city_prices))
    return pattern.fill(offer.sku, offer.model, offer.brand, _counts(offer), _prices(offer))


def _place(availability: Availability) -> Place:
    is_counted = availability.stock_count is not None
    return Place(availability.store_id, availability.available, is_counted, availability.preorder_days)


def _counts(offer: PriceListOffer) -> list[str]:
    counts = [each.stock_count for each in offer.availabilities if each.stock_count is not None]
    return [str(whole("stock_count", count, 0, MAX_NUMBER)) for count in counts]


def _prices(offer: PriceListOffer) -> list[str]:
    if offer.price is not None:
        return [str(whole("price", offer.price, 1, MAX_NUMBER))]
    return [str(whole(f"price in {each.city_id}", each.price, 1, MAX_NUMBER)) for each in offer.city_prices]
