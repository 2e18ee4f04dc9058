"""What a store sells: articles, their price and limits in each city, and where they lie."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from money.fields import TengeField
from stores.models.fields import MIN_PRICE, ArticleField, money_field, price_field
from stores.models.market import CardMarket
from stores.models.store import SalesPoint, Store
from stores.models.tenancy import TenantModel


def matches(words: str, path: str = "") -> Q:
    """
    Products in whose SKU, card, name or brand each of the words stands.

    `path` leads from the queried model to the product, for example `product__`.
    """
    condition = Q()
    for word in words.split():
        condition &= (
            Q(**{f"{path}sku__icontains": word})
            | Q(**{f"{path}card_id": word})
            | Q(**{f"{path}model__icontains": word})
            | Q(**{f"{path}brand__icontains": word})
        )
    return condition


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

    store = models.ForeignKey(Store, models.CASCADE, related_name="products", verbose_name=_("store"))
    sku = ArticleField(_("SKU"), max_length=64, help_text=_("The seller's own article number."))
    card_id = ArticleField(_("card"), max_length=20, blank=True, help_text=_("The marketplace's page of the goods."))
    model = models.CharField(_("name"), max_length=1024)
    brand = models.CharField(_("brand"), max_length=256, blank=True)
    category_code = models.CharField(_("category"), max_length=512, blank=True)
    weight_g = models.PositiveIntegerField(_("weight, g"), null=True, blank=True)
    purchase_cost = money_field(verbose_name=_("purchase cost, ₸"), null=True, blank=True)
    packaging_cost = money_field(verbose_name=_("packaging cost, ₸"), default=0)

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

    product = models.ForeignKey(Product, models.CASCADE, related_name="city_prices", verbose_name=_("product"))
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

    def __str__(self) -> str:
        return f"{self.product.sku} · {self.city_id}: {self.price}"


class Availability(TenantModel):
    """A product at a sales point: on sale or not, how many, how long the pre-order takes."""

    path_to_store = "product__store"

    product = models.ForeignKey(Product, models.CASCADE, related_name="availabilities", verbose_name=_("product"))
    sales_point = models.ForeignKey(
        SalesPoint, models.CASCADE, related_name="availabilities", verbose_name=_("sales point")
    )
    is_available = models.BooleanField(_("on sale"))
    stock_count = models.PositiveIntegerField(
        _("stock"), null=True, blank=True, help_text=_("Empty: in stock, not counted.")
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

    def __str__(self) -> str:
        return f"{self.product.sku} · {self.sales_point.code}"


class ProductUpload(TenantModel):
    """One file that a seller brought in, what was read from it, and what became of it."""

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        PARSED = "parsed", _("Parsed")
        CHECKED = "checked", _("Checked")
        PREVIEWED = "previewed", _("Previewed")
        APPLIED = "applied", _("Applied")
        REFUSED = "refused", _("Refused")
        UNDONE = "undone", _("Undone")

    class Kind(models.TextChoices):
        XML = "xml", _("XML price list")
        XLSX = "xlsx", _("Excel")
        CSV = "csv", _("CSV")

    store = models.ForeignKey(Store, models.CASCADE, related_name="product_uploads", verbose_name=_("store"))
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("uploaded by")
    )
    file = models.FileField(_("file"), upload_to="uploads/")
    file_name = models.CharField(_("file name"), max_length=255)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.RECEIVED)
    rows_total = models.PositiveIntegerField(_("rows"), default=0)
    rows_added = models.PositiveIntegerField(_("added"), default=0)
    rows_changed = models.PositiveIntegerField(_("changed"), default=0)
    rows_refused = models.PositiveIntegerField(_("refused"), default=0)
    errors = models.JSONField(_("errors"), default=list, blank=True, help_text=_("One entry per refused row or cell."))
    preview = models.JSONField(_("preview"), default=dict, blank=True)
    created_at = models.DateTimeField(_("received"), auto_now_add=True)
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)

    class Meta:
        verbose_name = _("product upload")
        verbose_name_plural = _("product uploads")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="applied") | Q(applied_at__isnull=False),
                name="product_upload_applied_has_time",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name
