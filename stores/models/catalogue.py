"""What a store sells: articles, their price and limits in each city, and where they lie."""

from datetime import datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext_lazy as _

from money.fields import TengeField
from stores.models.fields import MIN_PRICE, ArticleField, money_field, price_field
from stores.models.market import CardMarket
from stores.models.store import SalesPoint, Store
from stores.models.tenancy import TenantModel
from stores.models.words import search_words

# A folded letter may be two; what is cut off belongs to no name.
LONGEST_SEARCH = 1400
# As much of a name as lists are sorted by: an index takes no more.
LONGEST_SORT = 120


def matches(words: str, path: str = "") -> Q:
    """
    Products in whose SKU, name or brand each of the words stands, in capitals or not, or whose card is the word: of
    many words those of `search_words`.

    `path` leads from the queried model to the product, for example `product__`.
    """
    condition = Q()
    for word in search_words(words):
        # Not LIKE: it folds letters, and takes twice the time of looking for bytes.
        there = StrIndex(f"{path}search", Value(word.casefold()))
        condition &= Q(GreaterThan(there, 0)) | Q(**{f"{path}card_id": word})
    return condition


def found_by(sku: str, model: str, brand: str) -> dict[str, str]:
    """
    The columns by which a product is found and sorted.

    Folded here, for SQLite folds no Cyrillic, and MariaDB takes one letter for another.
    """
    folded = f"{model} {brand} {sku}".casefold()
    return {"search": folded[:LONGEST_SEARCH], "sort_name": folded[:LONGEST_SORT]}


class Product(TenantModel):
    """The seller's article in one store."""

    class Strategy(models.TextChoices):
        UNDERCUT = "undercut", _("Undercut the cheapest rival")
        NINE_ENDING = "nine_ending", _("Undercut, with a price that ends in nines")
        MATCH = "match", _("Ask what the cheapest rival asks")
        HOLD_PLACE = "hold_place", _("Hold a place")
        FOLLOW_SECOND = "follow_second", _("Follow the second place")
        STAY_ABOVE = "stay_above", _("Stay above the cheapest rival")
        MARGIN_TARGET = "margin_target", _("Ask what earns the wanted margin")
        FIXED = "fixed", _("A fixed price")
        MANUAL = "manual", _("By hand only")
        BY_RULE = "by_rule", _("As the rule of its category says")

    store = models.ForeignKey(Store, models.CASCADE, related_name="products", verbose_name=_("store"), db_index=False)
    sku = ArticleField(_("SKU"), max_length=64, help_text=_("The seller's own article number."))
    card_id = ArticleField(_("card"), max_length=20, blank=True, help_text=_("The marketplace's page of the goods."))
    model = models.CharField(_("name"), max_length=1024)
    brand = models.CharField(_("brand"), max_length=256, blank=True)
    category_code = models.CharField(_("category"), max_length=512, blank=True)
    weight_g = models.PositiveIntegerField(_("weight, g"), null=True, blank=True)
    purchase_cost = money_field(verbose_name=_("purchase cost, ₸"), null=True, blank=True)
    packaging_cost = money_field(verbose_name=_("packaging cost, ₸"), default=0)

    # Written by `services/catalogue/` with the name, the brand and the SKU: what is found, and in which order.
    search = ArticleField(max_length=LONGEST_SEARCH, default="", db_default="", editable=False)
    sort_name = ArticleField(max_length=LONGEST_SORT, default="", db_default="", editable=False)

    least_margin = models.DecimalField(
        _("least margin"),
        max_digits=7,
        decimal_places=6,
        null=True,
        blank=True,
        help_text=_("The share of the price that must be left after all fees and costs: 0.08 is 8 %, 0 no loss."),
    )

    strategy = models.CharField(_("strategy"), max_length=20, choices=Strategy.choices, default=Strategy.MANUAL)
    step = TengeField(_("step, ₸"), default=1, validators=[MinValueValidator(1)])
    # Parameters of the strategy, conditions, hours, restraint; see services/prices/plans.py.
    plan = models.JSONField(_("plan"), default=dict, blank=True)
    is_paused = models.BooleanField(_("paused"), default=False)
    is_exclusive = models.BooleanField(
        _("nobody else sells it"),
        default=False,
        help_text=_("The card is ours alone: whoever joins it is told of at once."),
    )

    # Grows with every edit by a person; an edit that was made on an older version is refused.
    version = models.PositiveIntegerField(default=1, editable=False)
    # The store's catalogue version with which what the price list shows of it last changed; see `mark_stale`.
    offer_version = models.PositiveBigIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["store", "sku"], name="product_sku_once_per_store"),
            models.CheckConstraint(condition=Q(step__gte=1), name="product_step_at_least_1"),
            models.CheckConstraint(
                condition=Q(least_margin__isnull=True) | Q(least_margin__gte=0, least_margin__lt=1),
                name="product_least_margin_under_1",
                violation_error_message=_("A share lies between 0 and 1."),
            ),
        ]
        indexes = [
            models.Index(fields=["card_id"], name="product_card"),
            # All of a store, portion by portion.
            models.Index(fields=["store", "id"], name="product_by_id"),
            # The orders of a store's list; each index ends with the id by itself.
            models.Index(fields=["store", "sort_name"], name="product_by_name"),
            models.Index(fields=["store", "brand"], name="product_by_brand"),
            models.Index(fields=["store", "updated_at"], name="product_by_change"),
            models.Index(fields=["store", "offer_version"], name="product_offer_version"),
        ]

    def __str__(self) -> str:
        return f"{self.sku} · {self.model}"


class CityPrice(TenantModel):
    """
    The price of a product in one city, and the limits it may move in.

    `price` is what we mean the marketplace to show; `ProductPriceUpdate` tells how far it has got. Without both limits
    nothing but a person moves it.
    """

    path_to_store = "product__store"

    product = models.ForeignKey(
        Product, models.CASCADE, related_name="city_prices", verbose_name=_("product"), db_index=False
    )
    city_id = ArticleField(_("city"), max_length=9)
    market = models.ForeignKey(
        CardMarket, models.SET_NULL, null=True, blank=True, related_name="city_prices", verbose_name=_("card market")
    )
    price = price_field(verbose_name=_("price, ₸"))
    floor = price_field(verbose_name=_("floor, ₸"), null=True, blank=True)
    ceiling = price_field(verbose_name=_("ceiling, ₸"), null=True, blank=True)
    # The last price that a person set or agreed to; automatic moves may drift only so far from it.
    confirmed_price = price_field(verbose_name=_("confirmed price, ₸"), editable=False)
    # What moves the price in this city in place of the product's own strategy, plan and step; empty: as the product.
    strategy = models.CharField(
        _("strategy"), max_length=20, choices=Product.Strategy.choices, blank=True, default="", db_default=""
    )
    plan = models.JSONField(_("plan"), null=True, blank=True)
    step = models.PositiveIntegerField(_("step, ₸"), null=True, blank=True, validators=[MinValueValidator(1)])
    # Repeated in the UPDATE of every price change: who read an older version does not write.
    version = models.PositiveIntegerField(default=1, editable=False)

    # Where the product stands among the offers last seen; written by the decide step.
    lowest_rival = models.PositiveIntegerField(_("lowest rival, ₸"), null=True, editable=False)
    place = models.PositiveSmallIntegerField(_("place"), null=True, editable=False)
    # Why the rules left the price alone at the last look, as a code; empty when they could decide.
    hold_rule = models.CharField(
        _("held because"), max_length=40, blank=True, default="", db_default="", editable=False
    )

    class Meta:
        verbose_name = _("city price")
        verbose_name_plural = _("city prices")
        ordering = ["product", "city_id"]
        constraints = [
            models.UniqueConstraint(fields=["product", "city_id"], name="city_price_once_per_city"),
            models.CheckConstraint(condition=Q(price__gte=MIN_PRICE), name="city_price_at_least_100"),
            models.CheckConstraint(condition=Q(step__isnull=True) | Q(step__gte=1), name="city_price_step_at_least_1"),
            models.CheckConstraint(
                condition=Q(floor__isnull=True) | Q(floor__gte=MIN_PRICE),
                name="city_price_floor_at_least_100",
            ),
            models.CheckConstraint(
                condition=Q(floor__isnull=True) | Q(ceiling__isnull=True) | Q(floor__lte=F("ceiling")),
                name="city_price_floor_under_ceiling",
            ),
            models.CheckConstraint(
                condition=Q(floor__isnull=True) | Q(price__gte=F("floor")), name="city_price_not_under_floor"
            ),
            models.CheckConstraint(
                condition=Q(ceiling__isnull=True) | Q(price__lte=F("ceiling")),
                name="city_price_not_over_ceiling",
            ),
        ]
        # Which products are held, among a hundred thousand that are not.
        indexes = [models.Index(fields=["hold_rule", "product"], name="city_price_by_hold")]

    def __str__(self) -> str:
        return f"{self.product.sku} · {self.city_id}: {self.price}"


class Availability(TenantModel):
    """A product at a sales point: on sale or not, how many, how long the pre-order takes."""

    path_to_store = "product__store"

    class Doubt(models.TextChoices):
        EXCEEDED = "exceeded", _("More was ordered than there was")
        NO_GOODS = "no_goods", _("An order was cancelled for want of goods")
        OLD = "old", _("It was counted long ago")

    product = models.ForeignKey(
        Product, models.CASCADE, related_name="availabilities", verbose_name=_("product"), db_index=False
    )
    sales_point = models.ForeignKey(
        SalesPoint, models.CASCADE, related_name="availabilities", verbose_name=_("sales point")
    )
    is_available = models.BooleanField(_("on sale"))
    stock_count = models.PositiveIntegerField(
        _("stock"), null=True, blank=True, help_text=_("Empty: in stock, not counted.")
    )
    # What was last told or counted, and when; `StockMovement` tells what orders have done to it since.
    counted_stock = models.PositiveIntegerField(_("counted"), null=True, editable=False)
    counted_at = models.DateTimeField(_("counted at"), null=True, editable=False)
    # Why the stock is not to be believed until somebody counts; rules do not lower the price meanwhile.
    doubt = models.CharField(
        _("doubtful because"),
        max_length=10,
        choices=Doubt.choices,
        blank=True,
        default="",
        db_default="",
        editable=False,
    )
    preorder_days = models.PositiveSmallIntegerField(
        _("pre-order, days"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(30)]
    )

    class Meta:
        verbose_name = _("availability")
        verbose_name_plural = _("availabilities")
        constraints = [
            models.UniqueConstraint(fields=["product", "sales_point"], name="availability_once_per_point"),
            models.CheckConstraint(
                condition=Q(preorder_days__isnull=True) | Q(preorder_days__range=(1, 30)),
                name="availability_preorder_1_to_30",
            ),
        ]
        indexes = [models.Index(fields=["doubt", "counted_at"], name="availability_doubt")]

    def __str__(self) -> str:
        return f"{self.product.sku} · {self.sales_point.code}"

    def count(self, stock: int | None, moment: datetime) -> None:
        """A stock that was told or counted is believed, and orders move it from there on. None: not counted."""
        self.stock_count = self.counted_stock = stock
        self.counted_at, self.doubt = moment, ""
