from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from stores.models import ProductUpload, UploadPage
from stores.serializers.wire import OwnStoreField, StrictSerializer
from stores.services.uploads.texts import doubt_text, entry_text, foretell_tariff_limit, place_of, refusal_text


class UploadSerializer(serializers.ModelSerializer):
    """
    A file and how far it has got: `rows_read` while it is read, `rows_checked` while it is checked. `counts_confirmed`:
    stocks that it tells again as they stand; they count as counted when the file came.
    """

    class Meta:
        model = ProductUpload
        fields = [
            *("id", "store", "file_name", "size", "kind", "state", "is_whole_range", "move_prices", "is_confirmed"),
            *("rows_read", "rows_checked", "rows_added", "rows_changed", "rows_unchanged", "rows_refused"),
            *("rows_leaving", "rows_held", "rows_waiting", "counts_confirmed", "preview_number", "batch"),
            *("created_at", "applied_at", "cleared_at"),
        ]
        read_only_fields = fields


HEADER = ("row", "names", "suggested", "samples")


class UploadHeaderSerializer(serializers.Serializer):
    """The header of a table; `row` 0: it has none. `suggested`: what each column seems to be, empty for unknown."""

    row = serializers.IntegerField()
    names = serializers.ListField(child=serializers.CharField())
    suggested = serializers.ListField(child=serializers.CharField())
    samples = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))


class UploadRefusalSerializer(serializers.Serializer):
    """Why the whole file is not used: a stable code, and the sentence with the cell or line."""

    code = serializers.CharField()
    message = serializers.CharField()


class UploadDoubtSerializer(serializers.Serializer):
    """What needs a yes: send its code in `confirm` to apply the file all the same."""

    code = serializers.CharField()
    message = serializers.CharField()


class UploadDetailSerializer(UploadSerializer):
    """A file with its header, what each column was read as, and what a person has to know or decide."""

    header = serializers.SerializerMethodField()
    refusal = serializers.SerializerMethodField()
    doubts = serializers.SerializerMethodField()
    tariff_limit = serializers.SerializerMethodField()

    class Meta(UploadSerializer.Meta):
        fields = [*UploadSerializer.Meta.fields, "header", "columns", "refusal", "doubts", "tariff_limit"]
        read_only_fields = fields

    @extend_schema_field(UploadHeaderSerializer(allow_null=True))
    def get_header(self, upload: ProductUpload) -> dict[str, Any] | None:
        return {name: upload.header[name] for name in HEADER} if upload.header else None

    @extend_schema_field(UploadRefusalSerializer(allow_null=True))
    def get_refusal(self, upload: ProductUpload) -> dict[str, str] | None:
        if not upload.refusal:
            return None
        return {"code": upload.refusal["code"], "message": refusal_text(upload.refusal, upload.kind)}

    @extend_schema_field(UploadDoubtSerializer(many=True))
    def get_doubts(self, upload: ProductUpload) -> list[dict[str, str]]:
        return [{"code": doubt["code"], "message": doubt_text(doubt)} for doubt in upload.doubts]

    def get_tariff_limit(self, upload: ProductUpload) -> str:
        """Why it would be refused as a whole: more products repriced than the owner's plan has room for; or empty."""
        return foretell_tariff_limit(upload)


class UploadReceiveSerializer(StrictSerializer):
    """A file, as a part of a multipart form. Its kind is known by its content, whatever its name says."""

    store = OwnStoreField()
    file = serializers.FileField(allow_empty_file=True)
    is_whole_range = serializers.BooleanField(default=False)


class UploadColumnsSerializer(StrictSerializer):
    """
    What each column is: `sku`, `model`, `brand`, `card`, `category`, `weight` (grams), `weight_kg`, `cost`,
    `packaging`, `step`, `price`, `floor`, `ceiling`, `preorder`, `merchant`, `city`; `point:PP1` is the stock at a
    point, `price:750000000` the price in a city; an empty name is a column that is not read.
    """

    columns = serializers.ListField(child=serializers.CharField(allow_blank=True, max_length=80), max_length=200)


class UploadTermsSerializer(StrictSerializer):
    """How the file is meant; what is left out stays as it is."""

    is_whole_range = serializers.BooleanField(required=False)
    move_prices = serializers.BooleanField(required=False)
    is_confirmed = serializers.BooleanField(required=False)


class UploadApplySerializer(StrictSerializer):
    """The number of the preview that the person has seen, and the codes of the doubts that he says yes to."""

    preview_number = serializers.IntegerField(min_value=0)
    confirm = serializers.ListField(child=serializers.CharField(max_length=40), default=list, max_length=20)


class UploadEntrySerializer(serializers.Serializer):
    """
    One product, one field, or one refused row. `place` is the cell (`D12`) or the line. A price or limit has `city_id`,
    a stock `point_code`.
    """

    place = serializers.CharField()
    row = serializers.IntegerField()
    sku = serializers.CharField()
    field = serializers.CharField()
    city_id = serializers.CharField()
    point_code = serializers.CharField()
    old = serializers.JSONField(allow_null=True)
    new = serializers.JSONField(
        allow_null=True,
        help_text="Of a product that is added, all that the file tells of it: `model`, `prices` by city; where told, "
        "`floor` and `ceiling` by city, `is_available`, `stock_count` and `preorder_days` by point, `purchase_cost`, "
        "`card_id` and its other fields. Of one that goes off sale: its `points`.",
    )
    code = serializers.CharField()
    message = serializers.CharField()


class UploadEntriesSerializer(serializers.Serializer):
    """A page of a preview, in the file's order. `next` is the number of the page behind it, or null."""

    kind = serializers.ChoiceField(UploadPage.Kind.choices)
    page = serializers.IntegerField()
    next = serializers.IntegerField(allow_null=True)
    results = UploadEntrySerializer(many=True)


def told_entry(entry: dict[str, Any], kind: str) -> dict[str, Any]:
    """An entry as it is kept, with its place and its sentence in the language of the request."""
    texts = {name: entry.get(name, "") for name in ("sku", "field", "city_id", "point_code", "code")}
    row = entry.get("row", 0)
    return {
        "place": place_of(kind, row, entry.get("column", 0)),
        "row": row,
        **texts,
        "old": entry.get("old"),
        "new": entry.get("new"),
        "message": entry_text(entry),
    }
