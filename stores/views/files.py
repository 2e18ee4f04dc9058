"""Answers that are files."""

from django.http import StreamingHttpResponse
from rest_framework.request import Request

from stores.services.exports.files import Download
from stores.views.streams import body_for


def answer_file(request: Request, download: Download) -> StreamingHttpResponse:
    """The file, piece by piece, kept by nobody on its way."""
    headers = {"Content-Disposition": f'attachment; filename="{download.name}"', "Cache-Control": "private, no-store"}
    body = body_for(request._request, download.chunks)  # noqa: SLF001 -- Django's own request
    return StreamingHttpResponse(body, content_type=download.content_type, headers=headers)
