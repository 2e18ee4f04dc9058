"""Addresses under `/api/`."""

from django.urls import include, path
from rest_framework.routers import DefaultRouter

from stores.views.cards import CardBatchViewSet, NewCardViewSet
from stores.views.catalogue import ProductViewSet
from stores.views.health import health
from stores.views.market import MarketViewSet, RivalViewSet
from stores.views.notifications import NotificationViewSet
from stores.views.orders import OrderViewSet
from stores.views.price_lists import PriceListViewSet
from stores.views.prices import PriceUpdateViewSet
from stores.views.product_history import CatalogueBatchViewSet, CatalogueChangeViewSet
from stores.views.replay import ReplayViewSet
from stores.views.rules import RuleViewSet
from stores.views.sales_points import SalesPointViewSet
from stores.views.session import SessionView
from stores.views.store import StoreViewSet
from stores.views.uploads import UploadViewSet

router = DefaultRouter()
router.register("stores", StoreViewSet)
router.register("products", ProductViewSet)
router.register("sales-points", SalesPointViewSet)
router.register("catalogue-changes", CatalogueChangeViewSet)
router.register("catalogue-batches", CatalogueBatchViewSet)
router.register("rules", RuleViewSet)
router.register("price-updates", PriceUpdateViewSet)
router.register("price-lists", PriceListViewSet, basename="price-list-of-store")
router.register("replays", ReplayViewSet)
router.register("markets", MarketViewSet)
router.register("rivals", RivalViewSet)
router.register("card-batches", CardBatchViewSet)
router.register("new-cards", NewCardViewSet)
router.register("uploads", UploadViewSet)
router.register("orders", OrderViewSet)
router.register("notifications", NotificationViewSet)

urlpatterns = [
    path("health/", health, name="health"),
    path("session/", SessionView.as_view(), name="session"),
    path("", include(router.urls)),
]
