"""
One change of many products at once: first what it would do, then exactly that.

The preview comes with a token of what was found, what is wanted, and all that would change. Applying it judges anew
under the lock of the store; where anything came out otherwise than it was shown, nothing is done.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any, Literal

import msgspec
from django.core import signing
from django.utils.translation import gettext as _
from msgspec import Struct

from stores.models import CatalogueBatch, Product, Store
from stores.services import access
from stores.services.catalogue.apply import Applied, apply_changes
from stores.services.catalogue.changes import CityChange, Number, PointChange, ProductChange
from stores.services.catalogue.finding import Wanted, find
from stores.services.catalogue.plan import PORTION, Digest, ProductPlan, Refused, Terms, plan_changes
from stores.services.catalogue.range import CityState, ProductState, read_points, read_range
from stores.services.catalogue.repriced import Repriced
from stores.services.errors import Refusal, StaleEdit
from stores.services.money import thousands
from stores.services.prices.budget import budget_of, changes_for_rules
from stores.services.rows import batched
from stores.services.subscription.limits import foretell_repriced
from stores.services.transactions import in_transaction

# More are narrowed by a filter, or brought as a file: a person waits for the answer.
MOST_PRODUCTS = 20_000
SAMPLES = 50
TOKEN_SECONDS = 3600
SALT = "stores.catalogue.bulk"
Base = Literal["price", "floor", "ceiling", "purchase_cost"]
# A floor is never rounded down, nor a ceiling up.
ROUNDING = {"floor": ROUND_CEILING, "ceiling": ROUND_FLOOR, "price": ROUND_HALF_UP, "purchase_cost": ROUND_HALF_UP}


class Amount(Struct, frozen=True, forbid_unknown_fields=True):
    """
    A sum: so many percent more (or less) than another of the product, and so many tenge more; without `of` the tenge.

    "Cost + 8 %" is `Amount("purchase_cost", Decimal(8))`. `round_to`: whole tens, hundreds; a floor goes up to them, a
    ceiling down, a price to the nearest.
    """

    of: Base | None = None
    percent: Decimal = Decimal(0)
    plus: int = 0
    round_to: int = 1


class BulkChange(Struct, frozen=True, forbid_unknown_fields=True):
    """
    What is wanted of each product; what is not named stays. `city_ids` and `point_codes` narrow it to some of those
    that a product has. A new strategy comes with a plan of its own, empty.
    """

    price: Amount | None = None
    floor: Amount | None = None
    ceiling: Amount | None = None
    purchase_cost: Amount | None = None
    strategy: str | None = None
    step: int | None = None
    is_paused: bool | None = None
    is_available: bool | None = None
    stock_count: Number = None
    preorder_days: Number = None
    city_ids: tuple[str, ...] = ()
    point_codes: tuple[str, ...] = ()


@dataclass
class Preview:
    """
    What a bulk change would do. `tariff_limit`: why all of it would be refused, as the payer's tariff has no room for
    so many repriced products; empty where it has. `refused` counts products by reason: (code, sentence); `samples` are
    the first that change or are refused. `moves`: prices that would leave; `free_now`: how many of them may in this
    half hour.
    """

    token: str = ""
    tariff_limit: str = ""
    found: int = 0
    changed: int = 0
    unchanged: int = 0
    moves: int = 0
    free_now: int = 0
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    samples: list[ProductPlan] = field(default_factory=list)

    @property
    def minutes(self) -> int:
        """How long it takes until the last price has left, as the marketplace takes them: half hours of the budget."""
        waiting = max(0, self.moves - self.free_now)
        return 30 * -(-waiting // max(changes_for_rules(), 1))


def preview_bulk(store: Store, wanted: Wanted, change: BulkChange, terms: Terms, actor: Any) -> Preview:
    """What it would do; nothing is written. Raises Refusal: `nothing_wanted`, `too_many`, `not_a_number`; Forbidden."""
    access.require(actor, store, access.Action.CHANGE_PRICES)
    if change == BulkChange(city_ids=change.city_ids, point_codes=change.point_codes):
        raise Refusal("nothing_wanted", _("Say what is to change."))
    preview, digest, repriced = Preview(free_now=budget_of(store).free), Digest(), Repriced()
    lacking: list[ProductPlan] = []
    for plan in _with(lacking, plan_changes(store, _wishes(store, wanted, change, lacking), terms)):
        digest.add(plan)
        repriced.add(plan)
        _count(preview, plan)
    preview.tariff_limit = foretell_repriced(store, repriced.count_more(store))
    preview.token = _seal(store, wanted, change, terms, digest)
    return preview


@in_transaction
def apply_bulk(store: Store, token: str, actor: Any) -> Applied:
    """
    Do what was shown with the token. Raises Forbidden; Refusal (`bad_token`); StaleEdit (`moved_since_preview`) where
    it would not be the same any more: then nothing is done.
    """
    access.require(actor, store, access.Action.CHANGE_PRICES)
    store = Store.everything.select_for_update().get(pk=store.pk)
    shown = _unseal(store, token)
    lacking: list[ProductPlan] = []
    applied = apply_changes(
        store, _wishes(store, shown.wanted, shown.change, lacking), actor, CatalogueBatch.Source.BULK, shown.terms
    )
    for plan in lacking:
        applied.digest.add(plan)
        applied.refused[plan.sku] = plan.refused
    if applied.digest.told() != shown.digest:
        text = _("Something has changed since the preview. Look at it again, then apply it.")
        raise StaleEdit("moved_since_preview", text)
    return applied


# --- The wish of each product -----------------------------------------------------------------------------------------


def _wishes(store: Store, wanted: Wanted, change: BulkChange, lacking: list[ProductPlan]) -> Iterator[ProductChange]:
    """What is wanted of each product that is found; those that lack what a sum is made of go to `lacking`."""
    found = find(Product.everything.filter(store=store), wanted).order_by("pk")
    skus = list(found.values_list("sku", flat=True)[: MOST_PRODUCTS + 1])
    if len(skus) > MOST_PRODUCTS:
        text = _("These are more than %(most)s products. Narrow the filter, or bring a file.")
        raise Refusal("too_many", text % {"most": thousands(MOST_PRODUCTS)})
    points = read_points(store)
    for portion in batched(skus, PORTION):
        there = read_range(store, points, portion)
        for sku in portion:
            try:
                yield _wish(there[sku], change)
            except Refusal as refusal:
                refused = [Refused("", refusal.code, str(refusal.message))]
                lacking.append(ProductPlan(sku, there[sku], is_new=False, refused=refused))


def _wish(product: ProductState, change: BulkChange) -> ProductChange:
    cost = None if change.purchase_cost is None else _sum("purchase_cost", change.purchase_cost, product, None)
    cities = product.cities.keys() & set(change.city_ids or product.cities)
    points = product.points.keys() & set(change.point_codes or product.points)
    there = PointChange(change.is_available, change.stock_count, change.preorder_days)
    return ProductChange(
        product.sku,
        purchase_cost=cost,
        strategy=change.strategy,
        plan=None if change.strategy is None or change.strategy == product.strategy else {},
        step=change.step,
        is_paused=change.is_paused,
        cities={city_id: _city_wish(product, product.cities[city_id], change) for city_id in sorted(cities)},
        points={} if there == PointChange() else dict.fromkeys(sorted(points), there),
    )


def _city_wish(product: ProductState, city: CityState, change: BulkChange) -> CityChange:
    wanted: dict[str, Any] = {
        name: _sum(name, amount, product, city)
        for name in ("price", "floor", "ceiling")
        if (amount := getattr(change, name)) is not None
    }
    return CityChange(**wanted)


def _sum(name: str, amount: Amount, product: ProductState, city: CityState | None) -> int:
    """Raises Refusal (`no_base`) where the product has no such sum."""
    exact = _base(amount.of, product, city) * (100 + amount.percent) / 100 + amount.plus
    return int((exact / amount.round_to).quantize(Decimal(1), ROUNDING[name])) * amount.round_to


def _base(of: Base | None, product: ProductState, city: CityState | None) -> int:
    """What the percent are counted from."""
    if of is None:
        return 0
    base: int | None = getattr(product if of == "purchase_cost" else city, of, None)
    if base is None:
        text = _("There is no %(what)s to count from.")
        raise Refusal("no_base", text % {"what": _NAMES[of]()})
    return base


_NAMES = {
    "price": lambda: _("price"),
    "floor": lambda: _("floor"),
    "ceiling": lambda: _("ceiling"),
    "purchase_cost": lambda: _("purchase cost"),
}


# --- What is shown, and kept in the token -----------------------------------------------------------------------------


class Shown(Struct):
    """What a token holds."""

    store_id: int
    wanted: Wanted
    change: BulkChange
    terms: Terms
    digest: str


def _with(lacking: list[ProductPlan], plans: Iterator[ProductPlan]) -> Iterator[ProductPlan]:
    """The plans, then those that none could be made for."""
    yield from plans
    yield from lacking


def _count(preview: Preview, plan: ProductPlan) -> None:
    preview.found += 1
    if plan.refused:
        preview.refused.update({(each.code, each.message) for each in plan.refused})
    elif plan.changes:
        preview.changed += 1
        preview.moves += sum(each.is_move for each in plan.cities.values())
    else:
        preview.unchanged += 1
    if (plan.refused or plan.changes) and len(preview.samples) < SAMPLES:
        preview.samples.append(plan)


def _seal(store: Store, wanted: Wanted, change: BulkChange, terms: Terms, digest: Digest) -> str:
    shown = Shown(store.pk, wanted, change, terms, digest.told())
    return signing.dumps(msgspec.to_builtins(shown), salt=SALT, compress=True)


def _unseal(store: Store, token: str) -> Shown:
    try:
        shown = msgspec.convert(signing.loads(token, salt=SALT, max_age=TOKEN_SECONDS), Shown)
    except (signing.BadSignature, msgspec.ValidationError):
        shown = None
    if shown is None or shown.store_id != store.pk:
        raise Refusal("bad_token", _("This preview is too old, or not of this store. Look at it again, then apply it."))
    return shown
