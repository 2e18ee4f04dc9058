"""Addresses under `/api/`."""

from django.urls import include, path
from rest_framework.routers import DefaultRouter

from stores.views.catalogue import ProductViewSet
from stores.views.health import health
from stores.views.market import MarketViewSet, RivalViewSet
from stores.views.notifications import NotificationViewSet
from stores.views.orders import OrderViewSet
from stores.views.prices import PriceUpdateViewSet
from stores.views.replay import ReplayViewSet
from stores.views.rules import RuleViewSet
from stores.views.session import SessionView
from stores.views.store import StoreViewSet

router = DefaultRouter()
router.register("stores", StoreViewSet)
router.register("products", ProductViewSet)
router.register("rules", RuleViewSet)
router.register("price-updates", PriceUpdateViewSet)
router.register("replays", ReplayViewSet)
router.register("markets", MarketViewSet)
router.register("rivals", RivalViewSet)
router.register("orders", OrderViewSet)
router.register("notifications", NotificationViewSet)

urlpatterns = [
    path("health/", health, name="health"),
    path("session/", SessionView.as_view(), name="session"),
    path("", include(router.urls)),
]
