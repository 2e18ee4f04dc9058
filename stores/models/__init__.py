"""The seller's business. One module per topic; the same topics name the services, serializers and views."""

from stores.models.catalogue import Availability, CityPrice, Product, ProductUpload
from stores.models.fees import FeeCategory, FeeDelivery, FeeShare
from stores.models.health import PathStep
from stores.models.history import CatalogueBatch, CatalogueChange, WaitingPrice
from stores.models.market import (
    CardMarket,
    Competitor,
    CompetitorProduct,
    CompetitorProductDay,
    CompetitorProductMonitoring,
    CompetitorStore,
    Listing,
    ListingTrust,
    WatchTempo,
)
from stores.models.notifications import Notification
from stores.models.orders import Client, Order, OrderItem
from stores.models.prices import BreakerTrip, PriceListPull, PriceListVersion, PriceStop, ProductPriceUpdate
from stores.models.releases import Release
from stores.models.replay import Replay
from stores.models.rules import PricingRule
from stores.models.store import Membership, SalesPoint, Store

# The plural names of the first specification; docs/glossary.md lists them.
Products = Product
UploadProducts = ProductUpload
Clients = Client
Orders = Order
Competitors = Competitor
CompetitorsProducts = CompetitorProduct
CompetitorsProductMonitoring = CompetitorProductMonitoring
AllCompetitorProducts = CardMarket
ProductPriceUpdated = ProductPriceUpdate
Notifications = Notification

__all__ = [
    "AllCompetitorProducts",
    "Availability",
    "BreakerTrip",
    "CardMarket",
    "CatalogueBatch",
    "CatalogueChange",
    "CityPrice",
    "Client",
    "Clients",
    "Competitor",
    "CompetitorProduct",
    "CompetitorProductDay",
    "CompetitorProductMonitoring",
    "CompetitorStore",
    "Competitors",
    "CompetitorsProductMonitoring",
    "CompetitorsProducts",
    "FeeCategory",
    "FeeDelivery",
    "FeeShare",
    "Listing",
    "ListingTrust",
    "Membership",
    "Notification",
    "Notifications",
    "Order",
    "OrderItem",
    "Orders",
    "PathStep",
    "PriceListPull",
    "PriceListVersion",
    "PriceStop",
    "PricingRule",
    "Product",
    "ProductPriceUpdate",
    "ProductPriceUpdated",
    "ProductUpload",
    "Products",
    "Release",
    "Replay",
    "SalesPoint",
    "Store",
    "UploadProducts",
    "WaitingPrice",
    "WatchTempo",
]
