from django.urls import path

from landing.languages import Language
from landing.views import api, page, pictures, review, search_engines

app_name = "landing"

urlpatterns = [
    # A language has an address of its own: one address, one text, for people who share it and for search engines.
    path("", page.page, {"language": Language.RUSSIAN.value}, name="page"),
    path("kk/", page.page, {"language": Language.KAZAKH.value}, name="page"),
    path("en/", page.page, {"language": Language.ENGLISH.value}, name="page"),
    path("review/", review.review, name="review"),
    path("pictures/<slug:name>.webp", pictures.picture, name="picture"),
    path("robots.txt", search_engines.robots, name="robots"),
    path("sitemap.xml", search_engines.sitemap, name="sitemap"),
    path("api/landing/", api.ContentView.as_view(), name="content"),
    path("api/landing/tariffs/", api.TariffsView.as_view(), name="tariffs"),
    path("api/landing/reviews/", api.ReviewsView.as_view(), name="reviews"),
    path("api/landing/faq/", api.FaqView.as_view(), name="faq"),
    path("api/landing/footer/", api.FooterView.as_view(), name="footer"),
]
