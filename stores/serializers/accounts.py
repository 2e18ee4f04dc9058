from rest_framework import serializers

from landing.languages import Language
from stores.models import ApiToken, Invitation, Membership
from stores.models.roles import SCOPES, Role
from stores.serializers.wire import StrictSerializer


class PersonSerializer(serializers.Serializer):
    email = serializers.EmailField()
    full_name = serializers.CharField()
    language = serializers.ChoiceField(Language.choices)


class PersonEditSerializer(StrictSerializer):
    """What a person may change without a password."""

    full_name = serializers.CharField(max_length=150, required=False, allow_blank=True)
    language = serializers.ChoiceField(Language.choices, required=False)


class ApiTokenSerializer(serializers.ModelSerializer):
    scopes = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = ApiToken
        fields = ["id", "name", "beginning", "scopes", "created_at", "expires_at", "last_used_at"]
        read_only_fields = fields


class IssuedTokenSerializer(ApiTokenSerializer):
    secret = serializers.CharField(read_only=True, help_text="Shown now and never again.")

    class Meta(ApiTokenSerializer.Meta):
        fields = [*ApiTokenSerializer.Meta.fields, "secret"]
        read_only_fields = fields


class ApiTokenCreateSerializer(StrictSerializer):
    name = serializers.CharField(max_length=100)
    scopes = serializers.ListField(child=serializers.ChoiceField([(scope.value, scope.label) for scope in SCOPES]))
    expires_at = serializers.DateTimeField()


class MembershipSerializer(serializers.ModelSerializer):
    email = serializers.EmailField(source="user.email", read_only=True)
    full_name = serializers.CharField(source="user.full_name", read_only=True)

    class Meta:
        model = Membership
        fields = ["id", "store", "email", "full_name", "role"]
        read_only_fields = fields


class MembershipEditSerializer(StrictSerializer):
    role = serializers.ChoiceField(Role.choices)


class InvitationSerializer(serializers.ModelSerializer):
    store_name = serializers.CharField(source="store.name", read_only=True)

    class Meta:
        model = Invitation
        fields = ["id", "store", "store_name", "email", "role", "created_at", "sent_at", "expires_at"]
        read_only_fields = fields


class InvitationCreateSerializer(StrictSerializer):
    store = serializers.IntegerField()
    email = serializers.EmailField()
    role = serializers.ChoiceField(Role.choices)
