from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import api_view, authentication_classes, permission_classes, throttle_classes
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from stores.models import PathStep
from stores.services.health import read_health
from stores.services.market.trust import distrusted_cities

LAST: dict[str, serializers.Field] = {name: serializers.DateTimeField(allow_null=True) for name in PathStep.Name.values}


@extend_schema(
    responses=inline_serializer(
        "Health",
        {
            "status": serializers.CharField(),
            "last": inline_serializer("HealthLast", LAST),
            "offers_alone": serializers.ListField(child=serializers.CharField()),
        },
    )
)
@api_view()
@authentication_classes([])
@permission_classes([AllowAny])
@throttle_classes([])
def health(request: Request) -> Response:
    """
    How the path of a price is doing: `ok`, `starting`, `idle`, `blind` (the storefront does not answer, prices hold) or
    `stopped`; for each step when such work was last finished (UTC); and the cities whose listings are not believed, so
    that changes are noticed by looks alone. Open to anybody; names no tenant.
    """
    return Response({**read_health(), "offers_alone": distrusted_cities()})
