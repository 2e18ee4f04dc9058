"""
The second program: reads the finished price list back and compares it with the rows, before it goes live.

It trusts nothing that the writer had in its hands: it reads the file's own bytes and asks the database by itself. One
bad row, a list that shrank, or too many large moves at once refuse the whole file; the last good one stays. Both files
are read as streams, a portion of offers at a time.
"""

import logging
from array import array
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.db.models import Exists, F, OuterRef

import kaspi
from stores.models import Availability, CityPrice, Product, SalesPoint, StockRules, Store
from stores.services.prices.list_pairs import pairs
from stores.services.prices.margins import floor_of

log = logging.getLogger(__name__)

LOWEST_PRICE = 100
LARGEST_MISSING_SHARE = 0.05
LARGE_MOVE = 0.20
LARGEST_MOVED_SHARE = 0.02
# A small store is not refused over one product that was taken out, or a handful that moved.
ALWAYS_ALLOWED_MISSING = 1
ALWAYS_ALLOWED_MOVED = 5
# How many offers are compared with their rows together.
PORTION = 500
# One place in so many is remembered.
STRIDE = 16
# With more products than this changed since it was built, a list is built again, not looked through again.
MOST_CHANGED = 5_000

# What a person may accept after a look at it: the list is sound, only unlike the one before.
ACCEPTABLE = frozenset({"shrunk", "off_sale", "many_moved"})

Offer = kaspi.PriceListOffer
Placed = tuple[int, Offer]


@dataclass(frozen=True)
class Refusal:
    """Why a list must not go live: a code, and what was read."""

    code: str
    sku: str = ""
    city_id: str = ""
    read: int | str | None = None


class _LiveListError(Exception):
    """The list that is live now cannot be read."""


class Check:
    """
    One reading of a finished list, beside the one that is live.

    `as_of` is the store's catalogue version that was read before the first row was: a product that has not been marked
    since (`mark_stale`) must stand in the file exactly as in the rows; one that has been may be in it as it was before,
    within the limits of now. `each_portion` is called after each portion of offers.
    """

    def __init__(
        self, path: Path, live: Path | None, store: Store, as_of: int, each_portion: Callable[[], None] = lambda: None
    ) -> None:
        self._path = path
        self._live = live
        self._store = store
        self._as_of = as_of
        self._each_portion = each_portion
        self._places = _Places()

    def why_refused(self, accepted: AbstractSet[str] = frozenset()) -> Refusal | None:
        """The first reason to refuse the file, None when it may go live. `accepted`: codes a person has said yes to."""
        try:
            return self._first_reason(self._live, accepted & ACCEPTABLE)
        except _LiveListError as damaged:
            # Compared with nothing: it must not outlive its damage.
            log.error("the live price list %s cannot be read: %s", self._live, damaged)  # noqa: TRY400 -- no bug of ours
            return self._first_reason(None, accepted & ACCEPTABLE)

    def is_overtaken(self) -> bool:
        """
        Whether rows have moved on under the list so that it must not go live. To be asked with the store locked, after
        a reading that found no reason to refuse.

        A product that has not been marked since is in the file at the price of its row, and the table keeps that within
        its limits; so only the others are looked at again.
        """
        marked = Product.everything.filter(store=self._store, offer_version__gt=self._as_of)
        changed = dict(marked.values_list("pk", "sku")[: MOST_CHANGED + 1])
        if len(changed) > MOST_CHANGED:
            return True
        with self._path.open("rb") as file:
            offers = [offer for pk, sku in changed.items() if (offer := self._places.find(file, pk, sku))]
        rows = _read_rows(self._store, list(changed.values()))
        return any(next(_wrong_prices(offer, None, rows[offer.sku]), None) for offer in offers)

    def _first_reason(self, live: Path | None, accepted: AbstractSet[str]) -> Refusal | None:
        try:
            return next((reason for reason in self._reasons(live) if reason.code not in accepted), None)
        except (kaspi.MalformedPriceList, OSError) as error:
            return Refusal("malformed", read=str(error))

    def _reasons(self, live: Path | None) -> Iterator[Refusal]:
        self._places = _Places()
        with self._path.open("rb") as file:
            new = kaspi.read_price_list_lines(file)
            if new.header.merchant_id != self._store.merchant_id:
                yield Refusal("other_merchant", read=new.header.merchant_id)
            unlike = _Unlikeness()
            for read, live_offer in pairs(self._read(new.offers), _live_offers(live)):
                if read is not None:
                    yield from self._wrong(read, live_offer)
                unlike.add(read, live_offer)
        yield from self._missing()
        yield from unlike.reasons()

    def _read(self, offers: Iterator[Placed]) -> Iterator["_Read"]:
        """The file's offers with their rows, a portion of them read together."""
        while portion := list(islice(offers, PORTION)):
            rows = _read_rows(self._store, [offer.sku for _, offer in portion])
            for start, offer in portion:
                row = rows.get(offer.sku)
                yield _Read(offer.sku, offer, row, row is None or self._places.add(row, start, self._as_of))
            self._each_portion()

    def _wrong(self, read: "_Read", live: Offer | None) -> Iterator[Refusal]:
        if not read.is_in_place:
            yield Refusal("out_of_place", read.sku)
        yield from _wrong_prices(read.offer, live, read.row)
        if read.row is not None and read.row.offer_version <= self._as_of:
            yield from _not_as_meant(read.offer, read.row)

    def _missing(self) -> Iterator[Refusal]:
        """The whole range, always: who has a price and lies at a point has a place in the list."""
        whole = Product.everything.filter(
            Exists(CityPrice.everything.filter(product=OuterRef("pk"))),
            Exists(Availability.everything.filter(product=OuterRef("pk"))),
            store=self._store,
            offer_version__lte=self._as_of,
        )
        missing = whole.count() - self._places.unmoved
        if missing > 0:
            yield Refusal("missing", read=missing)


# --- One offer and its rows -------------------------------------------------------------------------------------------


class _Price(NamedTuple):
    price: int
    floor: int | None
    ceiling: int | None
    confirmed: int
    derived_floor: int | None


@dataclass(slots=True)
class _Row:
    """What the rows say of one product. `points`: as they should stand in the list."""

    product_id: int
    model: str = ""
    brand: str = ""
    offer_version: int = 0
    prices: dict[str, _Price] = field(default_factory=dict)
    points: dict[str, tuple[bool, int | None, int | None]] = field(default_factory=dict)


class _Read(NamedTuple):
    """An offer of the file, its row if it has one, and whether it stands where it should."""

    sku: str
    offer: Offer
    row: _Row | None
    is_in_place: bool


def _read_rows(store: Store, skus: Sequence[str]) -> dict[str, _Row]:
    """
    The rows of these SKUs. Products are asked for twice: their marks are read last, so that a row which is not marked
    by then was not changed before.
    """
    products = Product.everything.order_by()
    margins = dict(products.filter(store=store, sku__in=skus).values_list("pk", "least_margin"))
    by_id = {pk: _Row(pk) for pk in margins}
    _read_prices(by_id, _derived_floors([pk for pk, margin in margins.items() if margin is not None]))
    _read_points(store, by_id)
    by_sku = {}
    columns = ("pk", "sku", "model", "brand", "offer_version")
    for pk, sku, model, brand, offer_version in products.filter(pk__in=by_id).values_list(*columns):
        row = by_sku[sku] = by_id[pk]
        row.model, row.brand, row.offer_version = model, brand, offer_version
    return by_sku


def _read_prices(by_id: dict[int, _Row], derived: Mapping[int, int | None]) -> None:
    # Not in the models' own orders: to sort the rows would take longer than to read them.
    rows = CityPrice.everything.filter(product__in=by_id).order_by()
    columns = ("pk", "product_id", "city_id", "price", "floor", "ceiling", "confirmed_price")
    for pk, product_id, city_id, price, floor, ceiling, confirmed in rows.values_list(*columns):
        by_id[product_id].prices[city_id] = _Price(price, floor, ceiling, confirmed, derived.get(pk))


def _derived_floors(product_ids: Collection[int]) -> dict[int, int | None]:
    """
    Price row → the floor that follows from the margin that is wanted of its product, beside a typed one the higher of
    both; a price the seller confirmed himself has none.

    They bind what is new in the file, never what is live: when the fees rise overnight, each price that was sound
    yesterday is under its floor today. To refuse the file for that would stop the whole shop, and with it the very
    price list that carries the higher prices.
    """
    if not product_ids:
        return {}
    rows = CityPrice.everything.filter(product__in=product_ids, product__least_margin__isnull=False).order_by()
    unconfirmed = rows.exclude(price=F("confirmed_price")).select_related("product__store")
    return {row.pk: floor_of(row) for row in unconfirmed}


def _read_points(store: Store, by_id: dict[int, _Row]) -> None:
    columns = ("product_id", "sales_point_id", "is_available", "stock_count", "preorder_days")
    rows = list(Availability.everything.filter(product__in=by_id).values_list(*columns))
    hides_gone = Exists(StockRules.everything.filter(store=store, hides_gone=True))
    points = {point.pk: point for point in SalesPoint.everything.filter(store=store).annotate(hides_gone=hides_gone)}
    for product_id, point_id, is_available, *counts in rows:
        point = points[point_id]
        is_shown = is_available and point.is_open and not (point.hides_gone and counts == [0, None])
        by_id[product_id].points[point.code] = (is_shown, *counts)


def _wrong_prices(offer: Offer, live: Offer | None, row: _Row | None) -> Iterator[Refusal]:
    if offer.price is not None:
        yield Refusal("price_without_city", offer.sku, read=offer.price)
    live_prices = _prices(live)
    for city_id, price in _prices(offer).items():
        meant = row.prices.get(city_id) if row else None
        code = "unknown_offer" if meant is None else _why_wrong(price, meant, live_prices.get(city_id))
        if code:
            yield Refusal(code, offer.sku, city_id, price)


def _why_wrong(price: int, row: _Price, live: int | None) -> str:
    if price < LOWEST_PRICE or (row.floor is not None and price < row.floor):
        return "under_floor"
    if row.ceiling is not None and price > row.ceiling:
        return "over_ceiling"
    if None in (row.floor, row.ceiling) and price not in (row.price, live):
        # Without a corridor only the price itself can tell.
        return "not_the_price"
    return "under_floor" if price < (row.derived_floor or 0) and price != live else ""


def _not_as_meant(offer: Offer, row: _Row) -> Iterator[Refusal]:
    """What was not changed since stands in the list to the letter."""
    for city_id, price in _prices(offer).items():
        if city_id in row.prices and price != row.prices[city_id].price:
            yield Refusal("not_the_price", offer.sku, city_id, price)
    points = {each.store_id: (each.available, each.stock_count, each.preorder_days) for each in offer.availabilities}
    is_same = (offer.model, offer.brand or "", points) == (row.model, row.brand, row.points)
    if not is_same or len(offer.city_prices) < len(row.prices):
        yield Refusal("not_the_offer", offer.sku)


def _prices(offer: Offer | None) -> dict[str, int]:
    return {each.city_id: each.price for each in offer.city_prices} if offer else {}


# --- The list as a whole ----------------------------------------------------------------------------------------------


class _Places:
    """
    The order of a list, which is that of the products' ids: each stands in it once, and can be found again with little
    remembered, the place of one in STRIDE.
    """

    def __init__(self) -> None:
        self.unmoved = 0
        self._count = 0
        self._last = 0
        self._product_ids = array("q")
        self._starts = array("q")

    def add(self, row: _Row, start: int, as_of: int) -> bool:
        """The next offer of the list, at this byte; False where it is out of its place."""
        if row.product_id <= self._last:
            return False
        if self._count % STRIDE == 0:
            self._product_ids.append(row.product_id)
            self._starts.append(start)
        self._count += 1
        self._last = row.product_id
        self.unmoved += row.offer_version <= as_of
        return True

    def find(self, file: BinaryIO, product_id: int, sku: str) -> Offer | None:
        """The offer of this product, if the list has one."""
        before = bisect_right(self._product_ids, product_id) - 1
        if before < 0:
            return None
        file.seek(self._starts[before])
        lines = (kaspi.read_price_list_line(file) for _ in range(min(STRIDE, self._count - before * STRIDE)))
        return next((offer for offer in lines if offer.sku == sku), None)


@dataclass
class _Unlikeness:
    """What is otherwise than in the live list, counted while both are read."""

    prices_before: int = 0
    on_sale_before: int = 0
    prices_gone: int = 0
    products_gone: int = 0
    points_off: int = 0
    products_off: int = 0
    moved_far: int = 0

    def add(self, new: _Read | None, old: Offer | None) -> None:
        """Count one pair."""
        if old is None:
            return
        before, on_sale = _prices(old), _on_sale(old)
        self.prices_before += len(before)
        self.on_sale_before += len(on_sale)
        prices = _prices(new and new.offer)
        gone = len(before.keys() - prices.keys())
        self.prices_gone += gone
        self.products_gone += bool(gone)
        if new is None:
            return
        off = len(on_sale - _on_sale(new.offer))
        self.points_off += off
        self.products_off += bool(off)
        self.moved_far += sum(
            _is_moved_far(prices[city], before[city], city, new.row) for city in prices.keys() & before.keys()
        )

    def reasons(self) -> Iterator[Refusal]:
        """What of it is too much."""
        if _is_too_much(self.prices_gone, self.products_gone, self.prices_before):
            yield Refusal("shrunk", read=self.prices_gone)
        if _is_too_much(self.points_off, self.products_off, self.on_sale_before):
            yield Refusal("off_sale", read=self.points_off)
        if self.moved_far > max(ALWAYS_ALLOWED_MOVED, self.prices_before * LARGEST_MOVED_SHARE):
            yield Refusal("many_moved", read=self.moved_far)


def _is_too_much(missing: int, products: int, before: int) -> bool:
    """One product counts once, in however many cities it was."""
    return products > ALWAYS_ALLOWED_MISSING and missing > before * LARGEST_MISSING_SHARE


def _on_sale(offer: Offer) -> set[str]:
    return {each.store_id for each in offer.availabilities if each.available}


def _is_moved_far(price: int, before: int, city_id: str, row: _Row | None) -> bool:
    """Measured from the live list or from what a person confirmed, whichever is nearer."""
    confirmed = row.prices[city_id].confirmed if row and city_id in row.prices else 0
    return _is_far(price, before) and _is_far(price, confirmed)


def _is_far(price: int, before: int) -> bool:
    return abs(price - before) > before * LARGE_MOVE


# --- Files ------------------------------------------------------------------------------------------------------------


def _live_offers(path: Path | None) -> Iterator[Offer]:
    if path is None:
        return
    try:
        with path.open("rb") as file:
            yield from (offer for _, offer in kaspi.read_price_list_lines(file).offers)
    except (kaspi.MalformedPriceList, OSError) as error:
        raise _LiveListError(error) from error
