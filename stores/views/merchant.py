"""The store's token of the official API: seen by its last four characters, entered, checked, forgotten."""

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from stores.models import MerchantToken, Store
from stores.serializers.merchant import MerchantConnectionSerializer, TokenEntrySerializer
from stores.services.merchant.tokens import check_token, enter_token, remove_token, token_of


class AskingThrottle(UserRateThrottle):
    """For what makes the marketplace answer at once: nobody tries tokens here by the thousand."""

    scope = "marketplace"

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Reading and forgetting ask nobody."""
        return request.method in ("GET", "HEAD", "OPTIONS", "DELETE") or super().allow_request(request, view)


class MerchantConnection(GenericViewSet[Store]):
    """Actions of a store's viewset."""

    @extend_schema(responses=MerchantConnectionSerializer)
    @action(
        detail=True,
        url_path="merchant-token",
        pagination_class=None,
        filterset_fields=[],
        throttle_classes=[UserRateThrottle, AskingThrottle],
    )
    def merchant_token(self, request: Request, **kwargs: object) -> Response:
        """Whether the store has a token of the marketplace's official API, and whether it works."""
        return _told(token_of(self.get_object()))

    @extend_schema(request=TokenEntrySerializer, responses=MerchantConnectionSerializer)
    @merchant_token.mapping.put
    def enter_merchant_token(self, request: Request, **kwargs: object) -> Response:
        """Enter a token, in place of one that may be there (owner). The marketplace is asked about it first."""
        store = self.get_object()
        entry = TokenEntrySerializer(data=request.data)
        entry.is_valid(raise_exception=True)
        return _told(enter_token(store, entry.validated_data["token"], request.user))

    @extend_schema(responses={204: None})
    @merchant_token.mapping.delete
    def remove_merchant_token(self, request: Request, **kwargs: object) -> Response:
        """Forget the token (owner)."""
        remove_token(self.get_object(), request.user)
        return Response(status=204)

    @extend_schema(request=None, responses=MerchantConnectionSerializer)
    @merchant_token.mapping.post
    def check_merchant_token(self, request: Request, **kwargs: object) -> Response:
        """Ask the marketplace about the token once more (owner)."""
        return _told(check_token(self.get_object(), request.user))


def _told(token: MerchantToken | None) -> Response:
    return Response(MerchantConnectionSerializer({"token": token}).data)
