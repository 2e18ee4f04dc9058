"""Every address of the house."""

from django.contrib import admin
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from cabinet.views.account import set_language
from stores.admin.failures import what_failed
from stores.views.marketplace_pull import price_list
from stores.views.wire import answer_missing
from users.views.payments import callback

handler400 = "cabinet.views.errors.bad_request"

urlpatterns = [
    path("", include("landing.urls")),
    path("cabinet/", include("cabinet.urls")),
    path("cabinet/", include("users.urls")),
    path("i18n/setlang/", set_language, name="set_language"),
    path("price-list/<str:key>.xml", price_list, name="price-list"),
    path("api/admin/what-failed/", admin.site.admin_view(what_failed), name="what-failed"),
    path("api/admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("api/payments/<slug:provider>/<slug:topic>/", callback, name="payment-callback"),
    path("api/auth/", include("users.headless_urls")),
    path("api/", include("stores.urls")),
    re_path(r"^api/", answer_missing),
]
