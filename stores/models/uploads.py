"""Files that sellers bring in: what was read from them, what they would change, and what became of them."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stores.models.fields import ArticleField
from stores.models.history import CatalogueBatch
from stores.models.store import Store
from stores.models.tenancy import TenantModel


def new_token() -> str:
    """256 bits of chance: the name of a file's folder, which nobody can guess."""
    return secrets.token_hex(32)


class ProductUpload(TenantModel):
    """
    One file that a seller brought in. The row is the work: who holds its claim does the next step.

    `refusal` is why the whole file is not used (`code`, `row`, `column`, `facts`); `doubts` are what a person has to
    say yes to before it is applied (`code`, `facts`). `columns` is what each column was read as, `header` what a person
    sees of the table when he is asked (`fingerprint`, `row`, `names`, `suggested`, `samples`).
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("Being read")
        UNSURE = "unsure", _("Needs your columns")
        PARSED = "parsed", _("Being checked")
        PREVIEWED = "previewed", _("Ready to apply")
        APPLYING = "applying", _("Being applied")
        APPLIED = "applied", _("Applied")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")
        REFUSED = "refused", _("Refused")
        DISCARDED = "discarded", _("Discarded")

    class Kind(models.TextChoices):
        XML = "xml", _("XML price list")
        XLSX = "xlsx", _("Excel")
        XLS = "xls", _("Excel 97–2003")
        CSV = "csv", _("CSV")

    # States in which a worker has something to do, and those in which a person has.
    OPEN = (State.RECEIVED, State.PARSED, State.APPLYING, State.UNDOING)
    ASKING = (State.UNSURE, State.PREVIEWED)

    store = models.ForeignKey(
        Store, models.CASCADE, related_name="product_uploads", verbose_name=_("store"), db_index=False
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("uploaded by")
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    token = ArticleField(max_length=64, unique=True, default=new_token, editable=False)
    file_name = models.CharField(_("file name"), max_length=255)
    size = models.PositiveIntegerField(_("bytes"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.RECEIVED)

    header = models.JSONField(_("header"), default=dict, blank=True)
    columns = models.JSONField(_("columns"), default=list, blank=True)
    # What the person says of the file.
    is_whole_range = models.BooleanField(
        _("the whole range"), default=False, help_text=_("Products that the file does not name go off sale.")
    )
    move_prices = models.BooleanField(
        _("move prices"), default=False, help_text=_("A price that new limits leave outside goes to the nearest.")
    )
    is_confirmed = models.BooleanField(
        _("numbers confirmed"), default=False, help_text=_("Numbers that look like a slip are meant.")
    )

    rows_read = models.PositiveIntegerField(_("rows read"), default=0)
    rows_checked = models.PositiveIntegerField(_("rows checked"), default=0)
    rows_added = models.PositiveIntegerField(_("added"), default=0)
    rows_changed = models.PositiveIntegerField(_("changed"), default=0)
    rows_unchanged = models.PositiveIntegerField(_("as they are"), default=0)
    rows_refused = models.PositiveIntegerField(_("refused"), default=0)
    rows_leaving = models.PositiveIntegerField(_("going off sale"), default=0)
    # How many more products would be repriced, as the preview counted them: the owner's tariff limits them.
    repriced_more = models.IntegerField(default=0, db_default=0, editable=False)
    rows_held = models.PositiveIntegerField(_("prices held"), default=0)
    rows_waiting = models.PositiveIntegerField(_("prices that leave later"), default=0, db_default=0)
    # Stocks that are told again as they stand: the day they were counted is that of the file.
    counts_confirmed = models.PositiveIntegerField(_("counts confirmed"), default=0, db_default=0)
    refusal = models.JSONField(_("refusal"), default=dict, blank=True)
    doubts = models.JSONField(_("doubts"), default=list, blank=True)
    # Counts the previews: who applies one names that which he has seen.
    preview_number = models.PositiveIntegerField(_("preview"), default=0)

    batch = models.OneToOneField(
        CatalogueBatch, models.SET_NULL, null=True, blank=True, related_name="upload", verbose_name=_("changes")
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    claim = ArticleField(max_length=32, blank=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("received"), auto_now_add=True)
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)
    # Its file, its rows and its preview are deleted; what it changed is in the history.
    cleared_at = models.DateTimeField(_("cleared"), null=True, blank=True)

    class Meta:
        verbose_name = _("product upload")
        verbose_name_plural = _("product uploads")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["state", "leased_until"], name="product_upload_open"),
            models.Index(fields=["store", "-id"], name="product_upload_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="applied") | Q(applied_at__isnull=False),
                name="product_upload_applied_has_time",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class UploadPage(TenantModel):
    """
    Some entries of a preview, in the file's order, pages of one kind numbered from 1.

    Written together and read as they are: a preview of 100,000 rows is some hundred rows here.
    """

    path_to_store = "upload__store"

    class Kind(models.TextChoices):
        ADDED = "added", _("Added")
        CHANGED = "changed", _("Changed")
        REFUSED = "refused", _("Refused")
        LEAVING = "leaving", _("Going off sale")
        HELD = "held", _("Held prices")
        WAITING = "waiting", _("Prices that leave later")
        LEFT = "left", _("Not undone")

    upload = models.ForeignKey(
        ProductUpload, models.CASCADE, related_name="pages", verbose_name=_("upload"), db_index=False
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    number = models.PositiveIntegerField(_("page"))
    entries = models.JSONField(_("entries"))

    class Meta:
        verbose_name = _("upload page")
        verbose_name_plural = _("upload pages")
        constraints = [models.UniqueConstraint(fields=["upload", "kind", "number"], name="upload_page_once")]

    def __str__(self) -> str:
        return f"{self.upload} · {self.get_kind_display()} · {self.number}"


class UploadColumns(TenantModel):
    """What a store's people said the columns under a header are: the next file with that header is read so."""

    store = models.ForeignKey(
        Store, models.CASCADE, related_name="upload_columns", verbose_name=_("store"), db_index=False
    )
    fingerprint = ArticleField(_("header"), max_length=32)
    columns = models.JSONField(_("columns"))
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("upload columns")
        verbose_name_plural = _("upload columns")
        constraints = [models.UniqueConstraint(fields=["store", "fingerprint"], name="upload_columns_once_per_header")]

    def __str__(self) -> str:
        return f"{self.store} · {self.fingerprint}"
