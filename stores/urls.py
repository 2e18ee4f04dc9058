"""Addresses under `/api/`."""

from django.urls import include, path
from rest_framework.routers import DefaultRouter

from stores.views.accounts import AccountView, ApiTokenViewSet, EverywhereView, ExportView, OwnInvitationViewSet
from stores.views.billing import FreePlanView, PlanView, PurchaseViewSet
from stores.views.cards import CardBatchViewSet, NewCardViewSet
from stores.views.catalogue import ProductViewSet
from stores.views.health import health
from stores.views.ledger import OrderAccountViewSet, OrderReturnViewSet
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
from stores.views.stock import StockViewSet
from stores.views.store import StoreViewSet
from stores.views.team import InvitationViewSet, MembershipViewSet
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
router.register("stock", StockViewSet)
router.register("orders", OrderViewSet)
router.register("order-profits", OrderAccountViewSet)
router.register("returns", OrderReturnViewSet)
router.register("notifications", NotificationViewSet)
router.register("memberships", MembershipViewSet)
router.register("invitations", InvitationViewSet)
router.register("account/invitations", OwnInvitationViewSet, basename="own-invitation")
router.register("account/tokens", ApiTokenViewSet)
router.register("account/purchases", PurchaseViewSet, basename="purchase")

urlpatterns = [
    path("health/", health, name="health"),
    path("session/", SessionView.as_view(), name="session"),
    path("session/everywhere/", EverywhereView.as_view(), name="everywhere"),
    path("account/", AccountView.as_view(), name="account"),
    path("account/plan/", PlanView.as_view(), name="plan"),
    path("account/plan/free/", FreePlanView.as_view(), name="free-plan"),
    path("account/export/", ExportView.as_view(), name="export"),
    path("", include(router.urls)),
]
