import re

from django.db.models import QuerySet
from django.http import Http404
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.throttling import BaseThrottle, UserRateThrottle
from rest_framework.viewsets import ReadOnlyModelViewSet

from stores.models import ProductUpload, UploadPage
from stores.serializers.uploads import (
    UploadApplySerializer,
    UploadColumnsSerializer,
    UploadDetailSerializer,
    UploadEntriesSerializer,
    UploadReceiveSerializer,
    UploadSerializer,
    UploadTermsSerializer,
    told_entry,
)
from stores.services.uploads import receive
from stores.services.uploads.pages import read_page
from stores.views.wire import StrictJSONParser, own_stores

KIND = OpenApiParameter("kind", str, enum=UploadPage.Kind.values, required=True)
PAGE = OpenApiParameter("page", int, description="From 1.")


class UploadThrottle(UserRateThrottle):
    """Files cost more than other requests."""

    scope = "upload"


class UploadFilter(filters.FilterSet):
    store = filters.ModelChoiceFilter(queryset=own_stores)

    class Meta:
        model = ProductUpload
        fields = ["store", "state"]


class UploadViewSet(ReadOnlyModelViewSet):
    """
    Files of products: brought in, read in the background, previewed row by row, applied when a person says so, undone.
    """

    queryset = ProductUpload.everything.none()
    serializer_class = UploadDetailSerializer
    filterset_class = UploadFilter
    parser_classes = [StrictJSONParser]

    def get_queryset(self) -> QuerySet[ProductUpload]:
        rows = ProductUpload.objects.for_user(self.request.user)
        return rows.defer("header", "columns", "refusal", "doubts") if self.action == "list" else rows

    def get_serializer_class(self) -> type[BaseSerializer[ProductUpload]]:
        return UploadSerializer if self.action == "list" else UploadDetailSerializer

    def get_throttles(self) -> list[BaseThrottle]:
        return [*super().get_throttles(), *([UploadThrottle()] if self.request.method == "POST" else [])]

    def get_parsers(self) -> list[BaseParser]:
        # The action is not known yet when the request is wrapped, but a file comes to the list's address only.
        return [MultiPartParser()] if "pk" not in self.kwargs else super().get_parsers()

    @extend_schema(request={"multipart/form-data": UploadReceiveSerializer}, responses={201: UploadDetailSerializer})
    def create(self, request: Request) -> Response:
        """Bring a file in. It is read in the background; read it again to see its progress and its preview."""
        wish = UploadReceiveSerializer(
            data={**request.POST.dict(), **request.FILES.dict()}, context={"request": request}
        )
        wish.is_valid(raise_exception=True)
        told = wish.validated_data
        file = told["file"]
        upload = receive.receive(
            told["store"], file.name, file.chunks(), request.user, is_whole_range=told["is_whole_range"]
        )
        return Response(UploadDetailSerializer(upload).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=UploadColumnsSerializer, responses=UploadDetailSerializer)
    @action(detail=True, methods=["post"])
    def columns(self, request: Request, **kwargs: object) -> Response:
        """Say what the columns are. It is remembered for the next file with the same header."""
        wish = UploadColumnsSerializer(data=request.data)
        upload = self.get_object()
        wish.is_valid(raise_exception=True)
        return self._answer(receive.choose_columns(upload, wish.validated_data["columns"], request.user))

    @extend_schema(request=UploadTermsSerializer, responses=UploadDetailSerializer)
    @action(detail=True, methods=["post"])
    def terms(self, request: Request, **kwargs: object) -> Response:
        """Say how the file is meant; the preview is made anew."""
        wish = UploadTermsSerializer(data=request.data)
        upload = self.get_object()
        wish.is_valid(raise_exception=True)
        told = wish.validated_data
        terms = {
            name: told.get(name, getattr(upload, name)) for name in ("is_whole_range", "move_prices", "is_confirmed")
        }
        return self._answer(receive.change_terms(upload, **terms, actor=request.user))

    @extend_schema(request=UploadApplySerializer, responses=UploadDetailSerializer)
    @action(detail=True, methods=["post"])
    def apply(self, request: Request, **kwargs: object) -> Response:
        """Have done what the preview with this number shows: all of it in one transaction, in the background."""
        wish = UploadApplySerializer(data=request.data)
        upload = self.get_object()
        wish.is_valid(raise_exception=True)
        told = wish.validated_data
        return self._answer(receive.apply(upload, told["preview_number"], told["confirm"], request.user))

    @extend_schema(request=None, responses=UploadDetailSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, **kwargs: object) -> Response:
        """Have put back what the file changed and nobody has changed since."""
        return self._answer(receive.undo(self.get_object(), request.user))

    @extend_schema(request=None, responses=UploadDetailSerializer)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, **kwargs: object) -> Response:
        """Put the file aside."""
        return self._answer(receive.discard(self.get_object(), request.user))

    @extend_schema(parameters=[KIND, PAGE], responses=UploadEntriesSerializer)
    @action(detail=True)
    def entries(self, request: Request, **kwargs: object) -> Response:
        """A page of the preview: what is added, changed, refused, going off sale; later what was held or not undone."""
        upload = self.get_object()
        kind = request.query_params.get("kind", UploadPage.Kind.CHANGED)
        number = request.query_params.get("page", "1")
        if kind not in UploadPage.Kind.values or not re.fullmatch("[1-9][0-9]{0,8}", number):
            raise Http404
        entries, following = read_page(upload, kind, int(number))
        told = [told_entry(entry, upload.kind) for entry in entries]
        return Response({"kind": kind, "page": int(number), "next": following, "results": told})

    def _answer(self, upload: ProductUpload) -> Response:
        return Response(UploadDetailSerializer(upload).data)
