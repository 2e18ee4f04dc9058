"""New cards: what the marketplace's categories ask for, the batches that were sent, and what became of each card."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stores.models.catalogue import Product
from stores.models.fields import ArticleField
from stores.models.store import Store
from stores.models.tenancy import TenantModel


class CardCategory(models.Model):
    """A leaf of the marketplace's tree. Shared by all tenants: whoever asks next, asks for everybody."""

    code = ArticleField(_("code"), max_length=512, unique=True)
    title = models.CharField(_("title"), max_length=1024)
    # Code and title in small letters: SQLite compares Cyrillic letters as they are.
    folded = models.CharField(max_length=1600, editable=False)
    is_offered = models.BooleanField(_("offered by the marketplace"), default=True)
    read_at = models.DateTimeField(_("read"))
    attributes_read_at = models.DateTimeField(_("attributes read"), null=True, blank=True)
    # When they were last to be renewed, whatever came of it.
    attributes_tried_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("card category")
        verbose_name_plural = _("card categories")
        ordering = ["title", "code"]

    def __str__(self) -> str:
        return f"{self.title} · {self.code}"


class CardAttribute(models.Model):
    """What a category asks of its cards. `values`: those that the marketplace recommends, as `[code, name]`."""

    class Type(models.TextChoices):
        BOOLEAN = "boolean", _("Yes or no")
        ENUM = "enum", _("One of a list")
        STRING = "string", _("Text")
        NUMBER = "number", _("Number")

    category = models.ForeignKey(
        CardCategory, models.CASCADE, related_name="attributes", verbose_name=_("category"), db_index=False
    )
    code = ArticleField(_("code"), max_length=512)
    type = models.CharField(_("type"), max_length=10, choices=Type.choices)
    multi_valued = models.BooleanField(_("several values"), default=False)
    mandatory = models.BooleanField(_("mandatory"), default=False)
    values = models.JSONField(_("values"), default=list, blank=True)
    place = models.PositiveIntegerField(_("place"), default=0)

    class Meta:
        verbose_name = _("card attribute")
        verbose_name_plural = _("card attributes")
        ordering = ["-mandatory", "place"]
        constraints = [models.UniqueConstraint(fields=["category", "code"], name="card_attribute_once_per_category")]

    def __str__(self) -> str:
        return self.code

    @property
    def name(self) -> str:
        """The last part of the code: all that tells people what it is."""
        return self.code.rsplit("*", 1)[-1].rsplit(".", 1)[-1]


class CardBatch(TenantModel):
    """
    New cards that are sent together. The row is the work: who holds its claim sends it.

    The marketplace takes a batch as often as it is sent and names none that it did not answer for. So a batch is sent
    once; without an answer it is `unsure`, and a person says whether the marketplace has it.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        WAITING = "waiting", _("Waits to be sent")
        SENDING = "sending", _("Being sent")
        UNSURE = "unsure", _("No answer")
        SENT = "sent", _("With the marketplace")
        JUDGED = "judged", _("Judged")

    store = models.ForeignKey(
        Store, models.CASCADE, related_name="card_batches", verbose_name=_("store"), db_index=False
    )
    name = models.CharField(_("name"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    # Why the marketplace took none of it, in its own words.
    refusal = models.CharField(_("refused"), max_length=500, blank=True)
    code = ArticleField(_("code at the marketplace"), max_length=200, blank=True)
    status = models.CharField(_("status at the marketplace"), max_length=200, blank=True)
    remark = models.CharField(
        _("remark"), max_length=500, blank=True, default="", db_default="", help_text=_("The marketplace's own words.")
    )
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("sent by")
    )
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    next_at = models.DateTimeField(null=True, editable=False)
    judged_at = models.DateTimeField(_("judged"), null=True, blank=True)
    claim = ArticleField(max_length=32, blank=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("batch of new cards")
        verbose_name_plural = _("batches of new cards")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(state="sent") | ~Q(code=""), name="card_batch_sent_has_code"),
        ]
        indexes = [
            models.Index(fields=["state", "next_at"], name="card_batch_due"),
            models.Index(fields=["store", "-id"], name="card_batch_newest"),
        ]

    def __str__(self) -> str:
        return self.name


def counted(batches: "models.QuerySet[CardBatch]") -> "models.QuerySet[CardBatch]":
    """The batches, each with `<state>_cards`: how many of its cards are in that state."""
    counts = {f"{state}_cards": models.Count("cards", filter=Q(cards__state=state)) for state in NewCard.State.values}
    return batches.annotate(**counts)


class NewCard(TenantModel):
    """One card of a batch: what was filled in, and what became of it."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SENT = "sent", _("With the marketplace")
        MODERATED = "moderated", _("Looked at by moderators")
        FAILED = "failed", _("Refused")
        SKIPPED = "skipped", _("Passed over")
        LINKED = "linked", _("Has its card")

    store = models.ForeignKey(Store, models.CASCADE, related_name="new_cards", verbose_name=_("store"), db_index=False)
    batch = models.ForeignKey(CardBatch, models.CASCADE, related_name="cards", verbose_name=_("batch"), db_index=False)
    sku = ArticleField(_("SKU"), max_length=64)
    title = models.CharField(_("name"), max_length=1024, blank=True)
    brand = models.CharField(_("brand"), max_length=256, blank=True)
    category = models.ForeignKey(CardCategory, models.PROTECT, related_name="+", verbose_name=_("category"))
    description = models.TextField(_("description"), blank=True)
    weight = models.CharField(_("weight"), max_length=256, blank=True)
    # Attribute code → a truth, a number, a text, or a list of texts.
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    images = models.JSONField(_("images"), default=list, blank=True)

    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    # The SKU while the marketplace may have it: no two of a store are on their way with one SKU.
    sent_sku = ArticleField(max_length=64, null=True, editable=False)
    remarks = models.JSONField(_("remarks"), default=list, blank=True, help_text=_("The marketplace's own words."))
    card_id = ArticleField(_("card"), max_length=20, blank=True)
    # When its page was last looked for.
    searched_at = models.DateTimeField(null=True, editable=False)
    product = models.ForeignKey(
        Product, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    # Grows with every edit; one that was made on an older version is refused.
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("new card")
        verbose_name_plural = _("new cards")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "sku"], name="new_card_sku_once_per_batch"),
            models.UniqueConstraint(fields=["store", "sent_sku"], name="new_card_sent_once_per_store"),
            models.CheckConstraint(condition=~Q(state="linked") | ~Q(card_id=""), name="new_card_linked_has_card"),
        ]
        indexes = [models.Index(fields=["state"], name="new_card_state")]

    def __str__(self) -> str:
        return f"{self.sku} · {self.title}"
