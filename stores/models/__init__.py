"""The seller's business. One module per topic; the same topics name the services, serializers and views."""

from stores.models.acceptance import AcceptanceDecision, AcceptanceRules
from stores.models.cards import CardAttribute, CardBatch, CardCategory, NewCard
from stores.models.catalogue import Availability, CityPrice, Product
from stores.models.fees import FeeCategory, FeeDelivery, FeeShare
from stores.models.health import PathStep, TaskFailure
from stores.models.history import CatalogueBatch, CatalogueChange, WaitingPrice
from stores.models.ledger import Fate, OrderAccount, OrderAccountLine, OrderReturn, ReturnOutcome
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
from stores.models.merchant import MerchantToken
from stores.models.notifications import Notification
from stores.models.orders import Client, Order, OrderAction, OrderItem, OrderReading
from stores.models.prices import BreakerTrip, PriceListPull, PriceListVersion, PriceStop, PriceTurn, ProductPriceUpdate
from stores.models.quality import Indicator, QualityLimit, QualityState
from stores.models.releases import Release
from stores.models.replay import Replay
from stores.models.rules import PricingRule
from stores.models.stock import StockMovement, StockRules
from stores.models.store import Invitation, Membership, SalesPoint, Store
from stores.models.tokens import ApiToken
from stores.models.uploads import ProductUpload, UploadColumns, UploadPage

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
    "AcceptanceDecision",
    "AcceptanceRules",
    "AllCompetitorProducts",
    "ApiToken",
    "Availability",
    "BreakerTrip",
    "CardAttribute",
    "CardBatch",
    "CardCategory",
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
    "Fate",
    "FeeCategory",
    "FeeDelivery",
    "FeeShare",
    "Indicator",
    "Invitation",
    "Listing",
    "ListingTrust",
    "Membership",
    "MerchantToken",
    "NewCard",
    "Notification",
    "Notifications",
    "Order",
    "OrderAccount",
    "OrderAccountLine",
    "OrderAction",
    "OrderItem",
    "OrderReading",
    "OrderReturn",
    "Orders",
    "PathStep",
    "PriceListPull",
    "PriceListVersion",
    "PriceStop",
    "PriceTurn",
    "PricingRule",
    "Product",
    "ProductPriceUpdate",
    "ProductPriceUpdated",
    "ProductUpload",
    "Products",
    "QualityLimit",
    "QualityState",
    "Release",
    "Replay",
    "ReturnOutcome",
    "SalesPoint",
    "StockMovement",
    "StockRules",
    "Store",
    "TaskFailure",
    "UploadColumns",
    "UploadPage",
    "UploadProducts",
    "WaitingPrice",
    "WatchTempo",
]
