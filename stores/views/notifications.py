from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from stores.models import Notification
from stores.serializers.notifications import NotificationEditSerializer, NotificationSerializer
from stores.services.notifications import mark_read
from stores.views.wire import own_products, own_stores


class NotificationFilter(filters.FilterSet):
    store = filters.ModelChoiceFilter(queryset=own_stores)
    product = filters.ModelChoiceFilter(queryset=own_products)
    is_read = filters.BooleanFilter(field_name="read_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Notification
        fields = ["store", "product", "kind", "severity", "is_read"]


class NotificationViewSet(ReadOnlyModelViewSet):
    """Messages, newest first."""

    queryset = Notification.everything.none()
    serializer_class = NotificationSerializer
    filterset_class = NotificationFilter

    def get_queryset(self) -> QuerySet[Notification]:
        return Notification.objects.for_user(self.request.user).select_related("store")

    @extend_schema(request=NotificationEditSerializer, responses=NotificationSerializer)
    def partial_update(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Mark a message as read: `{"is_read": true}`."""
        notification = self.get_object()
        edit = NotificationEditSerializer(data=request.data)
        edit.is_valid(raise_exception=True)
        return Response(NotificationSerializer(mark_read(notification, request.user)).data)
