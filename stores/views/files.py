"""Answers that are files."""

from django.http import StreamingHttpResponse

from stores.services.exports.files import Download


def answer_file(download: Download) -> StreamingHttpResponse:
    """The file, piece by piece, kept by nobody on its way."""
    headers = {"Content-Disposition": f'attachment; filename="{download.name}"', "Cache-Control": "private, no-store"}
    return StreamingHttpResponse(download.chunks, content_type=download.content_type, headers=headers)
