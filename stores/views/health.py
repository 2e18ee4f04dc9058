from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import api_view, authentication_classes, permission_classes, throttle_classes
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from stores.models import PathStep
from stores.services.health import read_health

LAST: dict[str, serializers.Field] = {name: serializers.DateTimeField(allow_null=True) for name in PathStep.Name.values}


@extend_schema(
    responses=inline_serializer(
        "Health", {"status": serializers.CharField(), "last": inline_serializer("HealthLast", LAST)}
    )
)
@api_view()
@authentication_classes([])
@permission_classes([AllowAny])
@throttle_classes([])
def health(request: Request) -> Response:
    """
    How the path of a price is doing: `ok`, `starting`, `idle`, `blind` (the storefront does not answer, prices hold) or
    `stopped`; and for each step when such work was last finished (UTC). Open to anybody; names no tenant.
    """
    return Response(read_health())
