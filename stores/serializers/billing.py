from rest_framework import serializers

from landing.models import Tariff
from stores.serializers.wire import StrictSerializer, TengeField
from stores.services.subscription.limits import Limit
from users.models import UserPurchase, UserTariff
from users.payments.registry import ready_providers
from users.services.billing.purchases import Change


class PlanTariffSerializer(serializers.ModelSerializer):
    """A tariff and its limits; prices are whole tenge."""

    name = serializers.CharField()

    class Meta:
        model = Tariff
        fields = ["code", "name", "price_month", "price_year", "product_limit", "store_limit", "staff_limit"]


class SubscriptionSerializer(serializers.ModelSerializer):
    """`ends_at` is null where the plan has no end."""

    tariff = PlanTariffSerializer()

    class Meta:
        model = UserTariff
        fields = ["tariff", "state", "starts_at", "ends_at"]


class WaitingSerializer(serializers.Serializer):
    """A plan that begins when what is before it has ended."""

    tariff = PlanTariffSerializer()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)


class PlanOfferSerializer(serializers.Serializer):
    """What a period of a tariff costs now: `amount` is `price` less `credit`, all whole tenge."""

    tariff = serializers.CharField(source="tariff.code")
    period = serializers.ChoiceField(UserPurchase.Period.choices)
    change = serializers.ChoiceField([(change.value, change.value) for change in Change])
    price = serializers.IntegerField()
    credit = serializers.IntegerField()
    amount = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class ProviderSerializer(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()


class PurchaseSerializer(serializers.ModelSerializer):
    """A payment; `amount` is what is charged, `credit` what was left of the plan before."""

    tariff = serializers.CharField(source="tariff.code", read_only=True)
    number = serializers.CharField(read_only=True)
    price = serializers.IntegerField(read_only=True)

    class Meta:
        model = UserPurchase
        fields = [
            *("id", "number", "tariff", "period", "price", "credit", "amount", "state", "attention"),
            *("provider", "receipt_number", "access_from", "access_until", "created_at", "paid_at", "refunded_at"),
        ]
        read_only_fields = fields


class UsageSerializer(serializers.Serializer):
    """How much of a limit is used; what is over it stays, and no more is added. `most` is null where nothing limits."""

    limit = serializers.ChoiceField(Limit.choices)
    used = serializers.IntegerField()
    most = serializers.IntegerField(allow_null=True)


class PlanSerializer(serializers.Serializer):
    """
    What the person has, what comes after it, and what each change costs now. `subscription` is null for who never had
    a plan. Orders are made at `/api/account/purchases/`.
    """

    subscription = SubscriptionSerializer(allow_null=True)
    usage = UsageSerializer(many=True)
    waiting = WaitingSerializer(many=True, help_text="What comes after it, in order.")
    open_purchase = PurchaseSerializer(allow_null=True)
    offers = PlanOfferSerializer(many=True)
    providers = ProviderSerializer(many=True)


class PurchaseRequestSerializer(StrictSerializer):
    """`expected_amount` is the `amount` of the offer: what costs another amount by now is not ordered."""

    tariff: serializers.SlugRelatedField[Tariff] = serializers.SlugRelatedField("code", queryset=Tariff.objects.all())
    period = serializers.ChoiceField(UserPurchase.Period.choices)
    provider = serializers.CharField(max_length=32)
    expected_amount = TengeField(min_value=0)

    def validate_provider(self, code: str) -> str:
        known = [provider.code for provider in ready_providers()]
        if code not in known:
            raise serializers.ValidationError(f"Known are: {', '.join(known)}.")
        return code


class DetailSerializer(serializers.Serializer):
    name = serializers.CharField()
    value = serializers.CharField()


class NextStepSerializer(serializers.Serializer):
    """Where to go to pay, or what to pay to whom."""

    url = serializers.CharField()
    details = DetailSerializer(many=True)
