"""The content of the landing page as JSON, each text in the active language; and a review that comes in."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from landing.fields import PictureFile, picture_address
from landing.languages import Language, active_language
from landing.models import Faq, Footer, Review, Tariff
from landing.pictures import renditions


class RenditionSerializer(serializers.Serializer):
    """A picture in one width."""

    url = serializers.URLField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()


@extend_schema_field(RenditionSerializer(many=True))
class PictureSerializerField(serializers.Field):
    """A picture in each of its widths, ascending; an empty list when there is none. Addresses are absolute."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: PictureFile) -> list[dict[str, Any]]:
        if not value:
            return []
        return [
            {"url": settings.PUBLIC_URL + picture_address(each), "width": each.width, "height": each.height}
            for each in renditions(value.largest, value.field.widths)
        ]


class TariffSerializer(serializers.ModelSerializer):
    """Prices are whole tenge; `year_saving` is what a year at once costs less than twelve months."""

    name = serializers.CharField()
    description = serializers.CharField()
    features = serializers.ListField(child=serializers.CharField())
    year_saving = serializers.IntegerField()

    class Meta:
        model = Tariff
        fields = [
            *("code", "name", "description", "features", "price_month", "price_year", "year_saving"),
            *("product_limit", "store_limit", "staff_limit", "trial_days", "is_recommended"),
        ]


class ReviewSerializer(serializers.ModelSerializer):
    """A customer's words: plain text in his own language."""

    photo = PictureSerializerField()

    class Meta:
        model = Review
        fields = ["author_name", "company", "text", "language", "rating", "photo", "created_at"]


class FaqSerializer(serializers.ModelSerializer):
    question = serializers.CharField()
    answer = serializers.CharField()

    class Meta:
        model = Faq
        fields = ["question", "answer"]


class FooterSerializer(serializers.ModelSerializer):
    """The company. An empty text means that it gives none."""

    address = serializers.CharField()
    logo = PictureSerializerField()

    class Meta:
        model = Footer
        fields = [
            *("company_name", "address", "phone", "email"),
            *("telegram_url", "whatsapp_url", "instagram_url", "logo"),
        ]


class ContentSerializer(serializers.Serializer):
    """The whole page. `footer` is null when there is none."""

    tariffs = TariffSerializer(many=True)
    reviews = ReviewSerializer(many=True)
    faq = FaqSerializer(many=True)
    footer = FooterSerializer(allow_null=True)


class ReviewSubmissionSerializer(serializers.ModelSerializer):
    """What a customer sends. An unknown name is an error: a misspelt field would be words that are lost."""

    rating = serializers.IntegerField(min_value=1, max_value=5)
    language = serializers.ChoiceField(choices=Language.choices, default=active_language)

    class Meta:
        model = Review
        fields = ["author_name", "company", "text", "rating", "language"]

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self.fields))):
            text = _("There is no such field. Known are: %(known)s.") % {"known": ", ".join(self.fields)}
            raise serializers.ValidationError({name: [text] for name in unknown})
        return super().to_internal_value(data)
