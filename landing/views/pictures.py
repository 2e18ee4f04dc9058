"""The pictures that rows show."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from landing.pictures import read_name

# A name stands for its content, so whoever has it never needs to ask again.
ONE_YEAR = 365 * 24 * 3600


@require_safe
@cache_control(public=True, max_age=ONE_YEAR, immutable=True)
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """One picture in one width. A name that is not ours is a 404 before any file is looked for."""
    rendition = read_name(name)
    if rendition is None or not rendition.path.is_file():
        raise Http404
    return HttpResponse(rendition.path.read_bytes(), content_type="image/webp")
