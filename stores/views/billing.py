"""A person's own plan and payments over the API. Only at a session: no API token sees or buys."""

from http import HTTPStatus

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.decorators import action
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from stores.serializers.billing import (
    NextStepSerializer,
    PlanSerializer,
    PurchaseRequestSerializer,
    PurchaseSerializer,
    SubscriptionSerializer,
)
from stores.services.subscription.limits import usage_of
from users.models import UserPurchase
from users.payments.registry import ready_providers
from users.services.billing import purchases, subscriptions
from users.services.billing.paying import next_step


class Billed:
    """Routes that are not there where nobody is billed."""

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        if not settings.BILLING:
            raise Http404
        super().initial(request, *args, **kwargs)  # type: ignore[misc] # a view's, which this stands before


class PurchaseThrottle(UserRateThrottle):
    """Counts orders and payments, not looks."""

    scope = "purchases"

    def allow_request(self, request: Request, view: APIView) -> bool:
        return request.method in SAFE_METHODS or super().allow_request(request, view)


class PlanView(Billed, APIView):
    """The plan: what it is, until when, and what a change of it costs today."""

    authentication_classes = [SessionAuthentication]

    @extend_schema(responses=PlanSerializer)
    def get(self, request: Request) -> Response:
        plan = {
            "subscription": subscriptions.subscription_of(request.user),
            "usage": usage_of(request.user),
            "waiting": subscriptions.waiting_for(request.user),
            "open_purchase": purchases.open_purchase(request.user),
            "offers": purchases.offers(request.user),
            "providers": ready_providers(),
        }
        return Response(PlanSerializer(plan).data)


class FreePlanView(Billed, APIView):
    """The plan that costs nothing: chosen, and no longer chosen before it begins."""

    authentication_classes = [SessionAuthentication]
    throttle_classes = [PurchaseThrottle]

    @extend_schema(request=None, responses=SubscriptionSerializer)
    def post(self, request: Request) -> Response:
        """At once, or when what is paid and tried has ended."""
        return Response(SubscriptionSerializer(subscriptions.choose_free(request.user)).data)

    @extend_schema(request=None, responses={HTTPStatus.NO_CONTENT: None})
    def delete(self, request: Request) -> Response:
        subscriptions.cancel_free(request.user)
        return Response(status=HTTPStatus.NO_CONTENT)


class PurchaseViewSet(Billed, ReadOnlyModelViewSet):
    """The person's payments, the newest first."""

    authentication_classes = [SessionAuthentication]
    throttle_classes = [PurchaseThrottle]
    queryset = UserPurchase.objects.none()
    serializer_class = PurchaseSerializer
    filter_backends = []

    def get_queryset(self) -> QuerySet[UserPurchase]:
        return UserPurchase.objects.filter(user=self.request.user.pk).select_related("tariff")

    @extend_schema(request=PurchaseRequestSerializer, responses={HTTPStatus.CREATED: PurchaseSerializer})
    def create(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Order a period of a plan. One that the credit pays for whole is there at once."""
        wanted = PurchaseRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        purchase = purchases.request_purchase(request.user, **wanted.validated_data)
        return Response(PurchaseSerializer(purchase).data, status=HTTPStatus.CREATED)

    @extend_schema(responses={HTTPStatus.NO_CONTENT: None})
    def destroy(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Cancel an order that is not paid."""
        purchases.cancel(self.get_object())
        return Response(status=HTTPStatus.NO_CONTENT)

    @extend_schema(request=None, responses=NextStepSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def pay(self, request: Request, **kwargs: object) -> Response:
        """How to pay the order."""
        return Response(NextStepSerializer(next_step(self.get_object())).data)
