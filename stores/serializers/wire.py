"""Fields that do not guess, and serializers that do not overlook."""

import re
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from stores.models import Store
from stores.models.fields import MAX_PRICE, MIN_PRICE


class StrictSerializer(serializers.Serializer):
    """Refuses names it does not know: a misspelt `floor` that is ignored is a floor that is not there."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                text = _("There is no such field. Known are: %(known)s.") % {"known": ", ".join(self.fields)}
                raise serializers.ValidationError({name: [text] for name in unknown})
        return super().to_internal_value(data)


class TengeField(serializers.IntegerField):
    """A price as a JSON integer of whole tenge. `12.0`, `"12000"` and `true` are refused, not read."""

    default_error_messages = {
        "not_integer": _("Read %(read)s. Write a price as a whole number of tenge, for example 12000."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": MIN_PRICE, "max_value": MAX_PRICE} | kwargs)

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            raise serializers.ValidationError(
                self.error_messages["not_integer"] % {"read": repr(data)[:40]}, code="not_integer"
            )
        return int(super().to_internal_value(data))


@extend_schema_field({"type": "string", "pattern": r"^0(\.[0-9]{1,6})?$", "example": "0.08"})
class ShareField(serializers.Field):
    """A share of one, as decimal text: `"0.08"` is 8 %. A number is refused: JSON's have no exact hundredths."""

    default_error_messages = {
        "not_share": _('Read %(read)s. Write a share of one as text, for example "0.08" for 8 %%.'),
    }

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str) or not re.fullmatch(r"0(\.[0-9]{1,6})?", data, re.ASCII):
            raise serializers.ValidationError(
                self.error_messages["not_share"] % {"read": repr(data)[:40]}, code="not_share"
            )
        return Decimal(data)

    def to_representation(self, value: Decimal) -> str:
        return f"{value.normalize():f}"


@extend_schema_field(int)
class OwnStoreField(serializers.PrimaryKeyRelatedField):
    """One of the person's stores: a stranger's id is answered like a missing one."""

    def get_queryset(self) -> QuerySet[Store]:
        return Store.objects.for_user(self.context["request"].user)
