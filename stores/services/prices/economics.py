"""The whole calculation of a price that somebody asks about."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from pricing.economics import BandBreakEven, CostSheet, DeadZone, Economics, MissingRate, code_of
from stores.models import CityPrice, Product
from stores.models.fields import MAX_PRICE, MIN_PRICE
from stores.services.errors import Refusal
from stores.services.money import parse_money, thousands
from stores.services.prices.margins import margins_of, share_of
from stores.services.prices.profit import Missing, economics_of


@dataclass(frozen=True)
class PriceEconomics:
    """
    What a price of a product earns, and what else could be asked for it. Tenge; `margin` is a share of the price.

    `missing` is the code of what is not known; all that follows from it is empty then.
    """

    sku: str
    price: int
    missing: str
    sheet: CostSheet | None = None
    margin: Decimal | None = None
    margin_floor: int | None = None
    break_even: tuple[BandBreakEven, ...] = ()
    dead_zones: tuple[DeadZone, ...] = ()


def economics_at(product: Product, price: int) -> PriceEconomics:
    """The economics of the product at the price, in an order of its own within the city, by the fees of today."""
    try:
        economics = economics_of(product)
    except Missing as missing:
        return PriceEconomics(product.sku, price, missing.code)
    margins = margins_of(product)
    sheet, missing_here = _sheet(economics, price)
    return PriceEconomics(
        sku=product.sku,
        price=price,
        missing=missing_here or margins.missing,
        sheet=sheet,
        margin=None if sheet is None else share_of(economics, price),
        margin_floor=margins.floor,
        break_even=economics.break_even_by_band(),
        dead_zones=economics.dead_zones(),
    )


def price_asked_about(product: Product, text: str | None, city_id: str | None) -> int:
    """
    The price as it was typed; without one, the present price in the city, or in the product's first.

    Raises Refusal: `ambiguous_money`, `not_money`, `price_out_of_range`, `unknown_city`, `no_price`.
    """
    if text is not None:
        return _in_range(parse_money(text))
    rows = CityPrice.objects.for_store(product.store).filter(product=product).order_by("city_id")
    if city_id is not None:
        rows = rows.filter(city_id=city_id)
    row = rows.first()
    if row is not None:
        return row.price
    if city_id is not None:
        raise Refusal("unknown_city", _("This product has no price in city %(city)s.") % {"city": city_id})
    raise Refusal("no_price", _("This product has no price yet. Say which price you mean."))


def _in_range(price: int) -> int:
    if not MIN_PRICE <= price <= MAX_PRICE:
        text = _("Read %(price)s ₸. A price lies between %(lowest)s and %(highest)s ₸.")
        facts = {"price": thousands(price), "lowest": thousands(MIN_PRICE), "highest": thousands(MAX_PRICE)}
        raise Refusal("price_out_of_range", text % facts)
    return price


def _sheet(economics: Economics, price: int) -> tuple[CostSheet | None, str]:
    try:
        return economics.costs(price), ""
    except MissingRate as error:
        return None, code_of(error)
