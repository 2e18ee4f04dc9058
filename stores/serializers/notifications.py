from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from stores.models import Notification
from stores.serializers.wire import StrictSerializer
from stores.services.messages import text_of


class NotificationSerializer(serializers.ModelSerializer):
    """A message; `text` is in the language of the request."""

    text = serializers.SerializerMethodField()

    class Meta:
        model = Notification
        fields = [
            "id",
            "store",
            "product",
            "kind",
            "severity",
            "text",
            "facts",
            "created_at",
            "told_at",
            "read_at",
        ]
        read_only_fields = fields

    @extend_schema_field(str)
    def get_text(self, notification: Notification) -> str:
        return text_of(notification)


class NotificationEditSerializer(StrictSerializer):
    is_read = serializers.ChoiceField([True])
