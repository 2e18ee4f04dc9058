"""Who changed what of a store's products, and when. Append-only."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from stores.models.catalogue import CityPrice, Product
from stores.models.fields import ArticleField, price_field
from stores.models.store import Store
from stores.models.tenancy import TenantModel


class CatalogueBatch(TenantModel):
    """Changes of products that were made together, by one person or program, and are undone together."""

    class Source(models.TextChoices):
        PERSON = "person", _("By hand")
        API = "api", _("API")
        BULK = "bulk", _("Bulk change")
        UPLOAD = "upload", _("File")
        UNDO = "undo", _("Undo")
        PROGRAM = "program", _("The program itself")

    store = models.ForeignKey(Store, models.CASCADE, related_name="catalogue_batches", verbose_name=_("store"))
    source = models.CharField(_("source"), max_length=10, choices=Source.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("changed by")
    )
    products_added = models.PositiveIntegerField(_("products added"), default=0)
    products_changed = models.PositiveIntegerField(_("products changed"), default=0)
    # A batch is undone once: the unique column holds even when two people ask together.
    undoes = models.OneToOneField(
        "self", models.CASCADE, null=True, blank=True, related_name="undone_by", verbose_name=_("undoes")
    )
    made_at = models.DateTimeField(_("changed"), auto_now_add=True)

    class Meta:
        verbose_name = _("catalogue batch")
        verbose_name_plural = _("catalogue batches")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.store} · {self.get_source_display()} · {self.made_at:%Y-%m-%d %H:%M}"


class WaitingPrice(TenantModel):
    """A price of a big change that waits until the marketplace takes more; see `services/catalogue/waiting.py`."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="waiting_prices", verbose_name=_("store"))
    batch = models.ForeignKey(CatalogueBatch, models.CASCADE, related_name="waiting_prices", verbose_name=_("batch"))
    city_price = models.OneToOneField(
        CityPrice, models.CASCADE, related_name="waiting_price", verbose_name=_("city price")
    )
    price = price_field(verbose_name=_("price, ₸"))
    # The corridor that goes with it; empty: no limit.
    floor = price_field(verbose_name=_("floor, ₸"), null=True, blank=True)
    ceiling = price_field(verbose_name=_("ceiling, ₸"), null=True, blank=True)
    created_at = models.DateTimeField(_("waits since"), auto_now_add=True)

    class Meta:
        verbose_name = _("waiting price")
        verbose_name_plural = _("waiting prices")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.city_price}: {self.price}"


class CatalogueChange(TenantModel):
    """
    One field of one product: from, to. `field` is `added` or `removed` where it is the product itself.

    `city_id` or `point_code` say where, for what has its own value there. The SKU outlives the product.
    """

    ADDED, REMOVED = "added", "removed"

    store = models.ForeignKey(
        Store, models.CASCADE, related_name="catalogue_changes", verbose_name=_("store"), db_index=False
    )
    batch = models.ForeignKey(CatalogueBatch, models.CASCADE, related_name="changes", verbose_name=_("batch"))
    product = models.ForeignKey(
        Product, models.SET_NULL, null=True, related_name="catalogue_changes", verbose_name=_("product"), db_index=False
    )
    sku = ArticleField(_("SKU"), max_length=64)
    field = models.CharField(_("field"), max_length=20)
    city_id = ArticleField(_("city"), max_length=9, blank=True)
    point_code = ArticleField(_("sales point"), max_length=64, blank=True)
    old = models.JSONField(_("from"), null=True)
    new = models.JSONField(_("to"), null=True)

    class Meta:
        verbose_name = _("catalogue change")
        verbose_name_plural = _("catalogue changes")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["store", "-id"], name="catalogue_change_newest"),
            models.Index(fields=["product", "-id"], name="catalogue_change_product"),
        ]

    def __str__(self) -> str:
        return f"{self.sku} · {self.field}"
