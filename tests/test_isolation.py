"""
Nobody learns anything about another tenant: not from any address, any method, any filter, any socket.

The routes are read from the address table of the house. One that has no row here fails: whoever adds an address says
whose rows it shows.
"""

import base64
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import product
from typing import Any, NamedTuple
from unittest.mock import AsyncMock
from urllib.parse import quote, urlencode

import pytest
from allauth.usersessions.models import UserSession
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.contrib.admindocs.views import simplify_regex
from django.db import transaction
from django.db.models import Count, Model
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend, ModelChoiceFilter
from pytest_django.fixtures import Settings
from rest_framework.throttling import SimpleRateThrottle

import kaspi
from kaspi_backend.asgi import application
from landing.models import Tariff
from stores.consumers import FORBIDDEN
from stores.models import (
    AcceptanceRules,
    ApiToken,
    Availability,
    CardBatch,
    CardMarket,
    CatalogueBatch,
    CatalogueChange,
    CityPrice,
    Competitor,
    Invitation,
    Membership,
    MerchantToken,
    NewCard,
    Notification,
    Order,
    OrderAccount,
    OrderAction,
    OrderItem,
    OrderReturn,
    PricingRule,
    Product,
    ProductPriceUpdate,
    ProductUpload,
    Replay,
    ReturnOutcome,
    SalesPoint,
    StockMovement,
    StockRules,
    Store,
)
from stores.models import Client as Buyer
from stores.models.roles import MAY, Action, Role
from stores.routing import websocket_urlpatterns
from stores.services import teams
from stores.services.announcements import announce_notifications, announce_orders, announce_prices, announce_upload
from stores.services.ledger import reckon
from stores.services.prices.decide import decide_markets
from stores.services.prices.price_list.publish import publish
from stores.services.prices.price_list.pulls import record_pull
from stores.services.prices.replay import work
from stores.services.sales_points import change_point
from stores.services.store import change_store, open_store, renew_price_list_access
from stores.services.tokens import issue_token
from stores.services.uploads import receive
from stores.services.uploads.steps import work_next
from stores.urls import router
from tests import cast
from users.models import User, UserPurchase
from users.payments.invoice import Invoice
from users.payments.sandbox import Sandbox
from users.views import payments

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
MISSING = 999_999_999
# Drawn anew for each page.
FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')


class Shows(StrEnum):
    """Whose rows an address shows."""

    NOTHING = "nobody's"
    OWN = "those of the person's own stores"
    ROW = "one row, named by its id"
    KEY = "one store's price list, named by its secret key"
    PERSON = "those of the person alone"
    PERSONS_ROW = "one of the person's own, named by its id"
    SECRET = "what a letter's link was made for"


class Route(NamedTuple):
    """
    `of`: what the id in the address is an id of. `methods`: those that lead to the row. `to`: what a role must allow to
    find the row there; `change`: and what besides, to do there what is no reading. `is_public`: what is told of the row
    are the market's facts and numbers, none of the tenant's texts.
    """

    shows: Shows
    of: str = ""
    methods: frozenset[str] = frozenset()
    is_public: bool = False
    to: Action = Action.SEE_PRICES
    change: Action = Action.CHANGE_PRICES


READ = frozenset({"GET", "HEAD"})
SAFE = READ | {"OPTIONS"}
OPEN = Route(Shows.NOTHING)
PERSON = Route(Shows.PERSON)
OWN = Route(Shows.OWN)

ROUTER = {
    "/api/stores/": OWN,
    "/api/stores/<pk>/": Route(Shows.ROW, "store", READ | {"PATCH"}, to=Action.SEE_STORE),
    "/api/stores/<pk>/restore-prices/": Route(Shows.ROW, "store", frozenset({"POST"})),
    "/api/stores/<pk>/merchant-token/": Route(
        Shows.ROW, "store", READ | {"PUT", "POST", "DELETE"}, is_public=True, change=Action.CHANGE_STORE
    ),
    "/api/stores/<pk>/card-categories/": Route(Shows.ROW, "store", READ, is_public=True),
    "/api/stores/<pk>/card-attributes/": Route(Shows.ROW, "store", READ, is_public=True),
    "/api/card-batches/": OWN,
    "/api/card-batches/<pk>/": Route(Shows.ROW, "batch", READ | {"DELETE"}),
    "/api/card-batches/<pk>/check/": Route(Shows.ROW, "batch", READ, is_public=True),
    "/api/card-batches/<pk>/send/": Route(Shows.ROW, "whole_batch", frozenset({"POST"})),
    "/api/card-batches/<pk>/take-back/": Route(Shows.ROW, "waiting_batch", frozenset({"POST"})),
    "/api/card-batches/<pk>/resolve/": Route(Shows.ROW, "unsure_batch", frozenset({"POST"})),
    "/api/card-batches/<pk>/copy-failed/": Route(Shows.ROW, "judged_batch", frozenset({"POST"})),
    "/api/new-cards/": OWN,
    "/api/new-cards/<pk>/": Route(Shows.ROW, "card", READ | {"PATCH", "DELETE"}),
    "/api/new-cards/<pk>/link/": Route(Shows.ROW, "moderated_card", frozenset({"POST"})),
    "/api/stores/<pk>/bulk-change/": Route(Shows.ROW, "store", frozenset({"POST"})),
    "/api/stores/<pk>/bulk-change/apply/": Route(Shows.ROW, "store", frozenset({"POST"})),
    "/api/sales-points/": OWN,
    "/api/sales-points/<pk>/": Route(Shows.ROW, "point", READ | {"PATCH"}, to=Action.SEE_STORE),
    "/api/sales-points/<pk>/closing/": Route(Shows.ROW, "point", READ),
    "/api/catalogue-changes/": OWN,
    "/api/catalogue-changes/<pk>/": Route(Shows.ROW, "change", READ),
    "/api/catalogue-batches/": OWN,
    "/api/catalogue-batches/<pk>/": Route(Shows.ROW, "catalogue_batch", READ),
    "/api/catalogue-batches/<pk>/undo/": Route(Shows.ROW, "catalogue_batch", frozenset({"POST"})),
    "/api/products/": OWN,
    "/api/products/<pk>/": Route(Shows.ROW, "product", READ | {"PATCH"}),
    "/api/rules/": OWN,
    "/api/rules/<pk>/": Route(Shows.ROW, "rule", READ | {"PATCH", "DELETE"}),
    "/api/products/<pk>/economics/": Route(Shows.ROW, "product", READ),
    "/api/price-updates/": OWN,
    "/api/price-updates/<pk>/": Route(Shows.ROW, "update", READ),
    "/api/price-updates/<pk>/approve/": Route(Shows.ROW, "update", frozenset({"POST"})),
    "/api/price-updates/<pk>/refuse/": Route(Shows.ROW, "update", frozenset({"POST"})),
    "/api/price-updates/<pk>/undo/": Route(Shows.ROW, "update", frozenset({"POST"})),
    "/api/stores/<pk>/coverage/": Route(Shows.ROW, "store", READ, is_public=True),
    "/api/price-lists/": Route(Shows.OWN, is_public=True),
    "/api/price-lists/<pk>/": Route(Shows.ROW, "store", READ, is_public=True),
    "/api/price-lists/<pk>/access/": Route(Shows.ROW, "store", frozenset({"POST"}), change=Action.CHANGE_STORE),
    # The answers to `QUERIES` hold numbers only.
    **{
        f"/api/price-lists/<pk>/{what}/": Route(Shows.ROW, "store", READ, is_public=True)
        for what in ("versions", "pulls", "compare", "offer")
    },
    **{
        f"/api/price-lists/<pk>/{what}/": Route(Shows.ROW, "store", READ, to=Action.EXPORT)
        for what in ("file", "export")
    },
    "/api/markets/": Route(Shows.OWN, is_public=True),
    "/api/markets/<pk>/": Route(Shows.ROW, "market", READ, is_public=True),
    "/api/markets/<pk>/offers/": Route(Shows.ROW, "market", READ, is_public=True),
    "/api/markets/<pk>/history/": Route(Shows.ROW, "market", READ, is_public=True),
    "/api/rivals/": OWN,
    "/api/rivals/<pk>/": Route(Shows.ROW, "rival", READ | {"PATCH"}),
    "/api/replays/": OWN,
    "/api/replays/<pk>/": Route(Shows.ROW, "replay", READ),
    "/api/uploads/": OWN,
    "/api/uploads/<pk>/": Route(Shows.ROW, "upload", READ),
    "/api/uploads/<pk>/entries/": Route(Shows.ROW, "upload", READ),
    "/api/uploads/<pk>/columns/": Route(Shows.ROW, "unsure_upload", frozenset({"POST"})),
    "/api/uploads/<pk>/terms/": Route(Shows.ROW, "upload", frozenset({"POST"})),
    "/api/uploads/<pk>/apply/": Route(Shows.ROW, "upload", frozenset({"POST"})),
    "/api/uploads/<pk>/discard/": Route(Shows.ROW, "upload", frozenset({"POST"})),
    "/api/uploads/<pk>/undo/": Route(Shows.ROW, "applied_upload", frozenset({"POST"})),
    "/api/order-profits/": OWN,
    "/api/order-profits/<pk>/": Route(Shows.ROW, "order", READ),
    "/api/returns/": OWN,
    "/api/returns/<pk>/": Route(Shows.ROW, "order", READ, to=Action.SEE_ORDERS),
    "/api/returns/<pk>/close/": Route(
        Shows.ROW, "order", frozenset({"POST"}), to=Action.SEE_ORDERS, change=Action.HANDLE_ORDERS
    ),
    "/api/stores/<pk>/statistics/": Route(Shows.ROW, "store", READ),
    "/api/stores/<pk>/delivery-differences/": Route(Shows.ROW, "store", READ),
    "/api/stores/<pk>/quality/": Route(Shows.ROW, "store", READ, is_public=True),
    "/api/stores/<pk>/unknown-costs/": Route(Shows.ROW, "store", READ, is_public=True),
    "/api/stores/<pk>/unknown-costs/fill/": Route(Shows.ROW, "store", frozenset({"POST"})),
    "/api/stores/<pk>/ledger-export/": Route(Shows.ROW, "store", READ, to=Action.EXPORT),
    "/api/orders/": OWN,
    "/api/orders/<pk>/": Route(Shows.ROW, "order", READ, to=Action.SEE_ORDERS, change=Action.HANDLE_ORDERS),
    "/api/orders/<pk>/actions/": Route(
        Shows.ROW, "order", frozenset({"POST"}), to=Action.SEE_ORDERS, change=Action.HANDLE_ORDERS
    ),
    # Ids in the body: tests/stores/api/test_orders.py.
    "/api/orders/actions/": Route(Shows.OWN, is_public=True),
    "/api/orders/waybills/": Route(Shows.OWN, is_public=True),
    "/api/stores/<pk>/orders-progress/": Route(Shows.ROW, "store", READ, is_public=True, to=Action.SEE_ORDERS),
    "/api/stock/": OWN,
    "/api/stock/<pk>/": Route(Shows.ROW, "stock", READ),
    "/api/stock/<pk>/count/": Route(Shows.ROW, "stock", frozenset({"POST"})),
    "/api/stock/<pk>/movements/": Route(Shows.ROW, "stock", READ),
    "/api/stores/<pk>/stock-rules/": Route(Shows.ROW, "store", READ | {"PATCH"}, is_public=True),
    "/api/stores/<pk>/confirm-stocks/": Route(Shows.ROW, "store", frozenset({"POST"}), is_public=True),
    "/api/stores/<pk>/acceptance-rules/": Route(Shows.ROW, "store", READ | {"PATCH"}, is_public=True),
    "/api/stores/<pk>/acceptance-preview/": Route(
        Shows.ROW, "store", frozenset({"POST"}), is_public=True, change=Action.SEE_PRICES
    ),
    "/api/notifications/": OWN,
    "/api/notifications/<pk>/": Route(Shows.ROW, "notification", READ | {"PATCH"}, change=Action.SEE_PRICES),
    "/api/memberships/": OWN,
    "/api/memberships/<pk>/": Route(Shows.ROW, "membership", READ | {"PATCH", "DELETE"}, to=Action.MANAGE_TEAM),
    "/api/invitations/": OWN,
    "/api/invitations/<pk>/": Route(Shows.ROW, "invitation", READ | {"DELETE"}, to=Action.MANAGE_TEAM),
    "/api/account/invitations/": PERSON,
    "/api/account/invitations/<pk>/": Route(Shows.PERSONS_ROW, "own_invitation", READ),
    "/api/account/invitations/<pk>/accept/": Route(Shows.PERSONS_ROW, "own_invitation", frozenset({"POST"})),
    "/api/account/invitations/<pk>/decline/": Route(Shows.PERSONS_ROW, "own_invitation", frozenset({"POST"})),
    "/api/account/purchases/": PERSON,
    "/api/account/purchases/<pk>/": Route(Shows.PERSONS_ROW, "purchase", READ | {"DELETE"}),
    "/api/account/purchases/<pk>/pay/": Route(Shows.PERSONS_ROW, "purchase", frozenset({"POST"})),
    "/api/account/tokens/": PERSON,
    "/api/account/tokens/<pk>/": Route(Shows.PERSONS_ROW, "token", READ | {"DELETE"}),
}
# allauth's flows: of the person at the session, who is named by no id.
FLOWS = [
    *("/cabinet/login/", "/cabinet/logout/", "/cabinet/signup/", "/cabinet/reauthenticate/", "/cabinet/email/"),
    *("/cabinet/confirm-email/", "/cabinet/password/change/", "/cabinet/password/reset/"),
    *("/cabinet/password/reset/sent/", "/cabinet/password/reset/done/", "/cabinet/second-factor/"),
    *("/cabinet/second-factor/code/", "/cabinet/second-factor/again/", "/cabinet/second-factor/on/"),
    *("/cabinet/second-factor/off/", "/cabinet/second-factor/recovery-codes/"),
    *("/cabinet/second-factor/recovery-codes/new/", "/api/auth/browser/v1/config"),
    *(
        f"/api/auth/browser/v1/{path}"
        for path in (
            *("auth/session", "auth/login", "auth/signup", "auth/email/verify", "auth/password/request"),
            *("auth/password/reset", "auth/reauthenticate", "auth/2fa/authenticate", "auth/2fa/reauthenticate"),
            *("auth/sessions", "account/password/change", "account/email", "account/authenticators"),
            *("account/authenticators/totp", "account/authenticators/recovery-codes"),
        )
    ),
]
ROUTES = {
    "/": OPEN,
    "/kk/": OPEN,
    "/en/": OPEN,
    "/review/": OPEN,
    "/pictures/<slug:name>.webp": OPEN,
    "/robots.txt": OPEN,
    "/sitemap.xml": OPEN,
    "/api/landing/": OPEN,
    "/api/landing/tariffs/": OPEN,
    "/api/landing/reviews/": OPEN,
    "/api/landing/faq/": OPEN,
    "/api/landing/footer/": OPEN,
    "/i18n/setlang/": OPEN,
    "/cabinet/": OWN,
    **dict.fromkeys(FLOWS, PERSON),
    "/cabinet/confirm-email/<str:key>/": Route(Shows.SECRET),
    "/cabinet/password/reset/<uidb36>-<key>/": Route(Shows.SECRET),
    "/cabinet/account/": PERSON,
    "/cabinet/account/change/": PERSON,
    "/cabinet/account/sessions/<int:session_id>/end/": Route(Shows.PERSONS_ROW, "session", frozenset({"POST"})),
    "/cabinet/account/sessions/end-others/": PERSON,
    "/cabinet/account/sessions/end-all/": PERSON,
    "/cabinet/account/tokens/": PERSON,
    "/cabinet/account/tokens/create/": PERSON,
    "/cabinet/account/tokens/<int:token_id>/revoke/": Route(Shows.PERSONS_ROW, "token", frozenset({"POST"})),
    "/cabinet/account/export/": PERSON,
    "/cabinet/account/delete/": PERSON,
    "/cabinet/account/leave/": PERSON,
    "/cabinet/stores/new/": OPEN,
    **dict.fromkeys(("/cabinet/plan/", "/cabinet/plan/order/", "/cabinet/plan/free/", "/cabinet/plan/keep/"), PERSON),
    **dict.fromkeys(("/cabinet/plan/resume/", "/cabinet/payments/"), PERSON),
    "/cabinet/payments/<int:purchase_id>/": Route(Shows.PERSONS_ROW, "purchase", READ),
    "/cabinet/payments/<int:purchase_id>/pay/": Route(Shows.PERSONS_ROW, "purchase", frozenset({"POST"})),
    "/cabinet/payments/<int:purchase_id>/cancel/": Route(Shows.PERSONS_ROW, "purchase", frozenset({"POST"})),
    "/cabinet/payments/sandbox/<int:purchase_id>/": Route(
        Shows.PERSONS_ROW, "test_purchase", READ - {"HEAD"} | {"POST"}
    ),
    "/cabinet/invitations/": PERSON,
    "/cabinet/invitations/<int:invitation_id>/accept/": Route(Shows.PERSONS_ROW, "own_invitation", frozenset({"POST"})),
    "/cabinet/invitations/<int:invitation_id>/decline/": Route(
        Shows.PERSONS_ROW, "own_invitation", frozenset({"POST"})
    ),
    "/cabinet/stores/<int:store_id>/team/": Route(Shows.ROW, "store", READ, to=Action.SEE_STORE),
    "/cabinet/stores/<int:store_id>/team/invite/": Route(
        Shows.ROW, "store", frozenset({"POST"}), to=Action.SEE_STORE, change=Action.MANAGE_TEAM
    ),
    "/cabinet/stores/<int:store_id>/close/": Route(
        Shows.ROW, "store", frozenset({"POST"}), to=Action.SEE_STORE, change=Action.CHANGE_STORE
    ),
    "/cabinet/team/<int:membership_id>/role/": Route(
        Shows.ROW, "membership", frozenset({"POST"}), to=Action.MANAGE_TEAM
    ),
    "/cabinet/team/<int:membership_id>/remove/": Route(
        Shows.ROW, "membership", frozenset({"POST"}), to=Action.MANAGE_TEAM
    ),
    "/cabinet/team/invitations/<int:invitation_id>/withdraw/": Route(
        Shows.ROW, "invitation", frozenset({"POST"}), to=Action.MANAGE_TEAM
    ),
    "/cabinet/stores/<int:store_id>/": Route(Shows.ROW, "store", READ),
    "/cabinet/stores/<int:store_id>/moved/": Route(Shows.ROW, "store", READ),
    "/cabinet/stores/<int:store_id>/bulk/": Route(Shows.ROW, "store", READ),
    "/cabinet/stores/<int:store_id>/bulk/apply/": Route(Shows.ROW, "store", frozenset({"POST"})),
    "/cabinet/stores/<int:store_id>/changes/": Route(Shows.ROW, "store", READ),
    "/cabinet/stores/<int:store_id>/points/": Route(Shows.ROW, "store", READ),
    "/cabinet/stores/<int:store_id>/points/add/": Route(Shows.ROW, "store", frozenset({"POST"})),
    "/cabinet/points/<int:point_id>/edit/": Route(Shows.ROW, "point", frozenset({"POST"})),
    "/cabinet/points/<int:point_id>/closing/": Route(Shows.ROW, "point", READ),
    "/cabinet/points/<int:point_id>/switch/": Route(Shows.ROW, "point", frozenset({"POST"})),
    "/cabinet/changes/<int:batch_id>/": Route(Shows.ROW, "catalogue_batch", READ),
    "/cabinet/changes/<int:batch_id>/undo/": Route(Shows.ROW, "catalogue_batch", frozenset({"POST"})),
    "/cabinet/stores/<int:store_id>/prices/": Route(Shows.ROW, "store", READ),
    "/cabinet/stores/<int:store_id>/mode/": Route(Shows.ROW, "store", frozenset({"POST"})),
    "/cabinet/stores/<int:store_id>/alarms/read/": Route(Shows.ROW, "store", frozenset({"POST"})),
    "/cabinet/stores/<int:store_id>/restore/": Route(Shows.ROW, "store", frozenset({"POST"})),
    "/cabinet/stores/<int:store_id>/price-list/": Route(Shows.ROW, "store", READ),
    "/cabinet/stores/<int:store_id>/price-list/access/": Route(
        Shows.ROW, "store", frozenset({"POST"}), change=Action.CHANGE_STORE
    ),
    "/cabinet/stores/<int:store_id>/price-list/release/": Route(Shows.ROW, "store", frozenset({"POST"})),
    "/cabinet/stores/<int:store_id>/rules/": Route(Shows.ROW, "store", READ),
    "/cabinet/stores/<int:store_id>/rules/new/": Route(Shows.ROW, "store", READ),
    "/cabinet/stores/<int:store_id>/products/new/": Route(Shows.ROW, "store", READ),
    "/cabinet/stores/<int:store_id>/products/create/": Route(Shows.ROW, "store", frozenset({"POST"})),
    "/cabinet/stores/<int:store_id>/rules/create/": Route(Shows.ROW, "store", frozenset({"POST"})),
    "/cabinet/stores/<int:store_id>/what-if/": Route(Shows.ROW, "store", READ),
    "/cabinet/stores/<int:store_id>/what-if/ask/": Route(
        Shows.ROW, "store", frozenset({"POST"}), change=Action.SEE_PRICES
    ),
    "/cabinet/stores/<int:store_id>/rivals/": Route(Shows.ROW, "store", READ),
    "/cabinet/stores/<int:store_id>/notifications/": Route(Shows.ROW, "store", READ, to=Action.SEE_ORDERS),
    "/cabinet/stores/<int:store_id>/connection/": Route(Shows.ROW, "store", READ),
    "/cabinet/stores/<int:store_id>/connection/enter/": Route(
        Shows.ROW, "store", frozenset({"POST"}), change=Action.CHANGE_STORE
    ),
    "/cabinet/stores/<int:store_id>/connection/check/": Route(
        Shows.ROW, "store", frozenset({"POST"}), change=Action.CHANGE_STORE
    ),
    "/cabinet/stores/<int:store_id>/connection/remove/": Route(
        Shows.ROW, "store", frozenset({"POST"}), change=Action.CHANGE_STORE
    ),
    "/cabinet/stores/<int:store_id>/new-cards/": Route(Shows.ROW, "store", READ),
    "/cabinet/stores/<int:store_id>/new-cards/create/": Route(Shows.ROW, "store", frozenset({"POST"})),
    "/cabinet/card-batches/<int:batch_id>/": Route(Shows.ROW, "batch", READ),
    "/cabinet/card-batches/<int:batch_id>/new/": Route(Shows.ROW, "batch", READ),
    "/cabinet/card-batches/<int:batch_id>/add/": Route(Shows.ROW, "batch", frozenset({"POST"})),
    "/cabinet/card-batches/<int:batch_id>/send/": Route(Shows.ROW, "whole_batch", frozenset({"POST"})),
    "/cabinet/card-batches/<int:batch_id>/take-back/": Route(Shows.ROW, "waiting_batch", frozenset({"POST"})),
    "/cabinet/card-batches/<int:batch_id>/resolve/": Route(Shows.ROW, "unsure_batch", frozenset({"POST"})),
    "/cabinet/card-batches/<int:batch_id>/copy-failed/": Route(Shows.ROW, "judged_batch", frozenset({"POST"})),
    "/cabinet/card-batches/<int:batch_id>/delete/": Route(Shows.ROW, "batch", frozenset({"POST"})),
    "/cabinet/new-cards/<int:card_id>/": Route(Shows.ROW, "card", READ),
    "/cabinet/new-cards/<int:card_id>/edit/": Route(Shows.ROW, "card", frozenset({"POST"})),
    "/cabinet/new-cards/<int:card_id>/delete/": Route(Shows.ROW, "card", frozenset({"POST"})),
    "/cabinet/new-cards/<int:card_id>/link/": Route(Shows.ROW, "moderated_card", frozenset({"POST"})),
    "/cabinet/stores/<int:store_id>/stock/": Route(Shows.ROW, "store", READ),
    "/cabinet/stores/<int:store_id>/stock/confirm/": Route(Shows.ROW, "store", frozenset({"POST"})),
    "/cabinet/stores/<int:store_id>/stock/rules/": Route(Shows.ROW, "store", frozenset({"POST"})),
    "/cabinet/stock/<int:stock_id>/": Route(Shows.ROW, "stock", READ),
    "/cabinet/stock/<int:stock_id>/count/": Route(Shows.ROW, "stock", frozenset({"POST"})),
    "/cabinet/stores/<int:store_id>/acceptance/": Route(Shows.ROW, "store", READ),
    "/cabinet/stores/<int:store_id>/acceptance/ask/": Route(
        Shows.ROW, "store", frozenset({"POST"}), change=Action.SEE_PRICES
    ),
    "/cabinet/stores/<int:store_id>/acceptance/change/": Route(Shows.ROW, "store", frozenset({"POST"})),
    "/cabinet/stores/<int:store_id>/orders/": Route(Shows.ROW, "store", READ, to=Action.SEE_ORDERS),
    "/cabinet/stores/<int:store_id>/orders/act/": Route(
        Shows.ROW, "store", frozenset({"POST"}), to=Action.SEE_ORDERS, change=Action.HANDLE_ORDERS
    ),
    "/cabinet/stores/<int:store_id>/orders/print/": Route(
        Shows.ROW, "store", frozenset({"POST"}), to=Action.SEE_ORDERS, change=Action.HANDLE_ORDERS
    ),
    "/cabinet/orders/<int:order_id>/": Route(Shows.ROW, "order", READ, to=Action.SEE_ORDERS),
    "/cabinet/orders/<int:order_id>/act/": Route(
        Shows.ROW, "order", frozenset({"POST"}), to=Action.SEE_ORDERS, change=Action.HANDLE_ORDERS
    ),
    "/cabinet/stores/<int:store_id>/uploads/": Route(Shows.ROW, "store", READ),
    "/cabinet/stores/<int:store_id>/uploads/receive/": Route(Shows.ROW, "store", frozenset({"POST"})),
    "/cabinet/uploads/<int:upload_id>/": Route(Shows.ROW, "upload", READ),
    "/cabinet/uploads/<int:upload_id>/columns/": Route(Shows.ROW, "unsure_upload", frozenset({"POST"})),
    "/cabinet/uploads/<int:upload_id>/terms/": Route(Shows.ROW, "upload", frozenset({"POST"})),
    "/cabinet/uploads/<int:upload_id>/apply/": Route(Shows.ROW, "upload", frozenset({"POST"})),
    "/cabinet/uploads/<int:upload_id>/discard/": Route(Shows.ROW, "upload", frozenset({"POST"})),
    "/cabinet/uploads/<int:upload_id>/undo/": Route(Shows.ROW, "applied_upload", frozenset({"POST"})),
    "/cabinet/stores/<int:store_id>/notifications/read/": Route(
        Shows.ROW, "store", frozenset({"POST"}), to=Action.SEE_ORDERS, change=Action.SEE_ORDERS
    ),
    "/cabinet/stores/<int:store_id>/money/": Route(Shows.ROW, "store", READ),
    "/cabinet/stores/<int:store_id>/money/profits/": Route(Shows.ROW, "store", READ),
    "/cabinet/stores/<int:store_id>/money/profits/fill/": Route(Shows.ROW, "store", frozenset({"POST"})),
    "/cabinet/stores/<int:store_id>/money/returns/": Route(Shows.ROW, "store", READ, to=Action.SEE_ORDERS),
    "/cabinet/stores/<int:store_id>/money/returns/close/": Route(
        Shows.ROW, "store", frozenset({"POST"}), to=Action.SEE_ORDERS, change=Action.HANDLE_ORDERS
    ),
    "/cabinet/stores/<int:store_id>/money/quality/": Route(Shows.ROW, "store", READ),
    "/cabinet/returns/<int:order_id>/close/": Route(
        Shows.ROW, "order", frozenset({"POST"}), to=Action.SEE_ORDERS, change=Action.HANDLE_ORDERS
    ),
    "/cabinet/rules/<int:rule_id>/": Route(Shows.ROW, "rule", READ),
    "/cabinet/rules/<int:rule_id>/edit/": Route(Shows.ROW, "rule", frozenset({"POST"})),
    "/cabinet/rules/<int:rule_id>/switch/": Route(Shows.ROW, "rule", frozenset({"POST"})),
    "/cabinet/rules/<int:rule_id>/delete/": Route(Shows.ROW, "rule", frozenset({"POST"})),
    "/cabinet/replays/<int:replay_id>/": Route(Shows.ROW, "replay", READ),
    "/cabinet/rivals/<int:rival_id>/": Route(Shows.ROW, "rival", frozenset({"POST"})),
    "/cabinet/products/<int:product_id>/": Route(Shows.ROW, "product", READ),
    "/cabinet/products/<int:product_id>/chart/": Route(Shows.ROW, "product", READ, is_public=True),
    "/cabinet/products/<int:product_id>/edit/": Route(Shows.ROW, "product", frozenset({"POST"})),
    "/cabinet/products/<int:product_id>/facts/": Route(Shows.ROW, "product", READ),
    "/cabinet/products/<int:product_id>/facts/edit/": Route(Shows.ROW, "product", frozenset({"POST"})),
    "/cabinet/products/<int:product_id>/pause/": Route(Shows.ROW, "product", frozenset({"POST"})),
    "/cabinet/notifications/<int:notification_id>/read/": Route(
        Shows.ROW, "notification", frozenset({"POST"}), change=Action.SEE_PRICES
    ),
    "/cabinet/price-updates/<int:update_id>/": Route(Shows.ROW, "update", READ),
    "/cabinet/price-updates/<int:update_id>/approve/": Route(Shows.ROW, "update", frozenset({"POST"})),
    "/cabinet/price-updates/<int:update_id>/refuse/": Route(Shows.ROW, "update", frozenset({"POST"})),
    "/cabinet/price-updates/<int:update_id>/undo/": Route(Shows.ROW, "update", frozenset({"POST"})),
    "/price-list/<str:key>.xml": Route(Shows.KEY),
    "/api/": OPEN,
    "/api/…": OPEN,
    "/api/schema/": OPEN,
    "/api/docs/": OPEN,
    "/api/health/": OPEN,
    "/api/session/": PERSON,
    "/api/session/everywhere/": PERSON,
    "/api/account/": PERSON,
    "/api/account/export/": PERSON,
    "/api/account/plan/": PERSON,
    "/api/account/plan/free/": PERSON,
    # Services that sign what they say; tests/users/test_payments.py is about them.
    "/api/payments/<slug:provider>/<slug:topic>/": OPEN,
    **ROUTER,
}
# The framework's router answers each of its addresses a second time, with the format at its end.
SUFFIXED = {f"{path.removesuffix('/')}.<format>": route for path, route in ROUTER.items()} | {
    "/api/<drf_format_suffix:format>": OPEN
}
SOCKETS = {"/ws/stores/<int:store_id>/": "store"}
ADMIN = "/api/admin/"
FILTERS = {
    "/api/products/": ["store"],
    "/api/rules/": ["store"],
    "/api/replays/": ["store"],
    "/api/price-updates/": ["store", "product"],
}
FILTERS["/api/new-cards/"] = ["store", "batch"]
FILTERS["/api/notifications/"] = FILTERS["/api/price-updates/"]
FILTERS["/api/markets/"] = FILTERS["/api/price-updates/"]
FILTERS["/api/catalogue-changes/"] = [*FILTERS["/api/price-updates/"], "batch"]
# Where a filter is not named like the row of the tenant that it asks for.
FILTER_ROWS = {("/api/catalogue-changes/", "batch"): "catalogue_batch"}
for each in (
    *("rivals", "memberships", "invitations", "card-batches", "orders", "uploads", "sales-points"),
    *("catalogue-batches", "order-profits", "returns"),
):
    FILTERS[f"/api/{each}/"] = FILTERS["/api/products/"]
FILTERS["/api/stock/"] = FILTERS["/api/price-updates/"]
# A new password, and what rules would have done.
SHOWN_AT_ONCE = ("access/", "acceptance/ask/")
# What is sent along, so that nothing but the id is wrong with the request.
BODIES: dict[str, dict[str, Any]] = {
    "store": {"mode": "paused"},
    "product": {"floor": 9_000},
    "rule": {"step": 2},
    "update": {},
    "notification": {"is_read": True},
    "rival": {"notes": "seen"},
    "card": {"title": "Qazan K2"},
    "unsure_upload": {"columns": ["sku", "cost"]},
    "point": {"address": "Abai 10"},
    "membership": {"role": "packer"},
}
BULK = {"where": {"search": "sku"}, "change": {"step": 2}}
RESTORE = {"moment": "2026-01-01T00:00:00Z", "preview": False}
TOKEN = "an-api-token-that-nobody-has"
# And these, to addresses below a row.
BODIES_BELOW: dict[str, dict[str, Any]] = {
    "stock-rules": {"hides_gone": True},
    "acceptance": {"is_on": True},
    "confirm-stocks": {"stocks": [{"id": MISSING, "stock_count": 1, "counted_at": None, "doubt": ""}]},
    "count": {"stock": 4},
    "actions": {"kind": "accept"},
    "restore-prices": RESTORE,
    "bulk-change": BULK,
    "merchant-token": {"token": TOKEN},
    "resolve": {"was_taken": True},
    "link": {"card_id": "123456789"},
    "close": {"outcome": "damaged"},
    "apply": {"preview_number": 1},
}
# What an address is asked for, where it answers nothing else.
QUERIES = {
    "card-attributes": "?category=Master+-+Kettles",
    "compare": "?new=1&old=1",
    "offer": "?sku=SKU-1",
    "file": "?version=1",
    "export": "?table=products",
    "statistics": "?by=product",
    "ledger-export": "?table=profit-by-product",
}
# These make something new of the row.
MAKES = {"/copy-failed"}
# The same for the forms of pages.
FORMS = {
    "count/": {"stock": 4},
    "stock/rules/": {"version": 1, "hides_gone": "on"},
    "acceptance/change/": {"version": 1, "is_on": "on"},
    "acceptance/ask/": {"version": 1, "is_on": "on"},
    "mode/": {"mode": "paused"},
    "alarms/read/": {"newest": 1_000_000},
    "price-list/release/": {"number": 1},
    "restore/": {"moment": "2026-01-01T00:00"},
    "rules/create/": {"version": 1, "name": "Lamps", "category_code": "Lamps", "step": 1, "strategy": "match"},
    "switch/": {"version": 1, "is_on": "on"},
    "ask/": {"period": "1", "with_preorder": "on"},
    "notifications/read/": {"newest": 999_999_999},
    "edit/": {
        "version": 1,
        "name": "Kettles",
        "floor": "9 000",
        "ceiling": "12 000",
        "step": 1,
        "strategy": "undercut",
        "sku": "N-6",
    },
    "facts/edit/": {"version": 1, "model": "Kettle"},
    "products/create/": {"sku": "N-7", "model": "Kettle", "price": "9 900", "is_available-PP1": "on"},
    "pause/": {"version": 1, "is_paused": "on"},
    "connection/enter/": {"token": TOKEN},
    "new-cards/create/": {"name": "Kettles"},
    "add/": {"category": "Master - Kettles", "sku": "N-9"},
    "resolve/": {"was_taken": "yes"},
    "link/": {"card_id": "123456789"},
    "close/": {"outcome": "damaged"},
    "points/add/": {"code": "PP9", "city_id": cast.ASTANA},
    "invite/": {"email": "new@example.kz", "role": "viewer"},
    "role/": {"role": "packer"},
    "act/": {"kind": "accept"},
}
ROWS = sorted(path for path, route in (ROUTES | SUFFIXED).items() if route.shows is Shows.ROW)
ROW_METHODS = {path: (ROUTES | SUFFIXED)[path].methods for path in ROWS}
# An address that is spelt twice is asked by few.
SPELT_TWICE = ("owner", "stranger", "anonymous")
PEOPLE = [*Role, "stranger", "anonymous"]
PERSONS_ROWS = sorted(path for path, route in (ROUTES | SUFFIXED).items() if route.shows is Shows.PERSONS_ROW)


# --- The address table ------------------------------------------------------------------------------------------------


def walk(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    """Every address below these patterns, readable; one that matches whatever follows ends with an ellipsis."""
    for entry in patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from walk(entry.url_patterns, path)
        else:
            is_open_ended = isinstance(entry.pattern, RegexPattern) and not path.endswith("$")
            yield simplify_regex(path.replace("/?$", "$")).replace("\\.", ".") + "…" * is_open_ended


def addresses() -> list[str]:
    return list(walk(get_resolver().url_patterns))


def test_every_address_has_a_row_here() -> None:
    unknown = {path for path in addresses() if not path.startswith(ADMIN)} - set(ROUTES) - set(SUFFIXED)
    assert unknown == set()


def test_every_row_here_is_an_address() -> None:
    assert set(ROUTES) - set(addresses()) == set()


def test_every_socket_has_a_row_here() -> None:
    assert set(walk(websocket_urlpatterns)) == set(SOCKETS)


def test_every_list_that_filters_by_an_id_has_a_row_here() -> None:
    by_id = {f"/api/{prefix}/": id_filters(view) for prefix, view, _ in router.registry}
    assert {path: names for path, names in by_id.items() if names} == FILTERS


def id_filters(view: Any) -> list[str]:
    """The filters of a list that take the id of a row."""
    filterset = DjangoFilterBackend().get_filterset_class(view, view.queryset)
    filters = filterset.base_filters if filterset else {}
    return [name for name, each in filters.items() if isinstance(each, ModelChoiceFilter)]


# --- Two tenants on one card ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tenant:
    """A store and one row of everything that has an address; and what is its owner's own."""

    store: Store
    membership: Membership
    invitation: Invitation
    own_invitation: Invitation
    token: ApiToken
    session: UserSession
    purchase: UserPurchase
    test_purchase: UserPurchase
    product: Product
    rule: PricingRule
    update: ProductPriceUpdate
    notification: Notification
    market: CardMarket
    rival: Competitor
    replay: Replay
    new_cards: Mapping[str, Model]
    upload: ProductUpload
    unsure_upload: ProductUpload
    applied_upload: ProductUpload
    point: SalesPoint
    change: CatalogueChange
    catalogue_batch: CatalogueBatch
    order: Order
    stock: Availability

    def id_of(self, what: str) -> int:
        row = self.new_cards[what] if what in self.new_cards else getattr(self, what)
        return int(row.pk)


@pytest.fixture
def tenants(store: Store, strangers_store: Store) -> tuple[Tenant, Tenant]:
    """The seller's and the stranger's goods on one card in one city, looked at, decided and published."""
    ours = cast.product(store, cities=(cast.ALMATY, cast.ASTANA))
    theirs = cast.product(strangers_store, f"{cast.STRANGE}-1", marker=cast.STRANGE)
    cast.product(strangers_store, f"{cast.STRANGE}-0", card_id="100000777", marker=cast.STRANGE)
    Product.everything.filter(pk=theirs.pk).update(brand=cast.STRANGE, category_code=cast.STRANGE)
    Product.everything.filter(pk=ours.pk).update(category_code="Lamps")
    for each, address in ((store, "Abai 1"), (strangers_store, cast.STRANGE)):
        for point in each.sales_points.all():
            change_point(point, {"address": address}, each.members.get(memberships__role="owner"))
    cast.rule(store, is_on=False)
    cast.rule(strangers_store, cast.STRANGE, name=cast.STRANGE, is_on=False)
    for tenants_store in (store, strangers_store):
        cast.token(tenants_store)
    market = cast.city_price(ours).market
    cast.see(market, {store.merchant_id: 10_000, strangers_store.merchant_id: 10_000, "30200001": 9_500})
    decide_markets([market.pk])
    Competitor.everything.filter(store=strangers_store).update(notes=cast.STRANGE)
    made = tenant(store), tenant(strangers_store)
    # Requests say that they have read the first version.
    Product.everything.update(version=1)
    return made


@pytest.fixture(autouse=True)
def all_tokens_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """A marketplace that takes every token."""
    monkeypatch.setattr(kaspi.MerchantApi, "check_token", AsyncMock(return_value=None))


def tenant(store: Store) -> Tenant:
    update = ProductPriceUpdate.everything.get(store=store)
    alone = CardMarket.objects.annotate(stores=Count("city_prices__product__store", distinct=True)).filter(stores=1)
    owner = store.memberships.get(role=Role.OWNER).user
    mark = owner.full_name.split()[0]
    helper = cast.person(f"helper-{store.pk}@example.kz", f"{mark} Helper")
    elsewhere = open_store(f"{mark} Elsewhere", f"elsewhere-{store.pk}", cast.person(f"e-{store.pk}@example.kz", mark))
    tomorrow = timezone.now() + timedelta(days=1)
    return Tenant(
        store,
        membership=Membership.everything.create(store=store, user=helper, role=Role.VIEWER),
        invitation=teams.invite(store, f"invited-{store.pk}@example.kz", Role.VIEWER, owner),
        own_invitation=teams.invite(elsewhere, owner.email, Role.VIEWER, elsewhere.members.get()),
        token=issue_token(owner, f"{mark} script", [Action.SEE_PRICES], tomorrow).token,
        session=UserSession.objects.create(user=owner, ip="10.0.0.9", session_key=session_of(owner), user_agent=mark),
        purchase=purchase(owner, Invoice.code),
        test_purchase=purchase(owner, Sandbox.code),
        product=update.product,
        rule=store.pricing_rules.get(),
        update=update,
        notification=Notification.everything.get(store=store),
        market=CardMarket.objects.for_store(store).get(pk__in=alone.values("pk")),
        rival=Competitor.everything.get(store=store, competitor_store__merchant_id="30200001"),
        replay=replay(store),
        new_cards=new_cards(store),
        upload=upload(store, "Себестоимость"),
        unsure_upload=upload(store, "Закуп с НДС"),
        applied_upload=applied(upload(store, "Закуп")),
        point=store.sales_points.get(code="PP1"),
        change=CatalogueChange.everything.filter(store=store).latest("pk"),
        catalogue_batch=CatalogueBatch.everything.filter(store=store).latest("pk"),
        order=order(store),
        stock=stock(store),
    )


def new_cards(store: Store) -> dict[str, Model]:
    """Batches and cards of the store in each state that an address is about."""
    marker = cast.STRANGE if is_marked(store.name) else ""

    def batch(sku: str, state: str, card: str = NewCard.State.SENT) -> CardBatch:
        return cast.card_batch(store, state, card=card, sku=sku, marker=marker)

    judged = batch("N-4", CardBatch.State.JUDGED, NewCard.State.FAILED)
    moderated = batch("N-5", CardBatch.State.JUDGED, NewCard.State.MODERATED)
    draft = batch("N-0", CardBatch.State.DRAFT, NewCard.State.DRAFT)
    return {
        "batch": draft,
        "card": batch("N-6", CardBatch.State.DRAFT, NewCard.State.DRAFT).cards.get(),
        "whole_batch": batch("N-1", CardBatch.State.DRAFT, NewCard.State.DRAFT),
        "waiting_batch": batch("N-2", CardBatch.State.WAITING),
        "unsure_batch": batch("N-3", CardBatch.State.UNSURE),
        "judged_batch": judged,
        "moderated_card": moderated.cards.get(),
    }


def stock(store: Store) -> Availability:
    """A stock that an order has moved."""
    there = Availability.everything.filter(product__store=store).latest("pk")
    item = OrderItem.everything.filter(order__store=store).latest("pk")
    StockMovement.everything.create(
        store=store, availability=there, order_item=item, kind="reserved", change=-1, stock_after=4
    )
    return there


def order(store: Store) -> Order:
    """A new order of a buyer. His name is the stranger's mark where the store is his."""
    name = cast.STRANGE if cast.STRANGE in store.name else "Aidar"
    buyer = Buyer.everything.create(store=store, marketplace_id=name, first_name=name, phone="7990000001")
    placed = Order.everything.create(
        store=store,
        code=f"{name}-9{store.pk}",
        marketplace_id=f"O{store.pk}",
        client=buyer,
        state="NEW",
        status="APPROVED_BY_BANK",
        delivery_mode=name,
        total_price=9_899,
        placed_at=timezone.now(),
        raw={"attributes": {"deliveryAddress": {"formattedAddress": name}}},
    )
    OrderItem.everything.create(
        order=placed, entry_number=0, sku=name, name=name, quantity=1, base_price=9_899, total_price=9_899
    )
    reckon.reckon([placed.pk], reckon.read_fees())
    OrderAccount.everything.filter(order=placed).update(overcharge=1_240)
    OrderReturn.everything.create(
        order=placed, store=store, fate="returned", since=placed.placed_at, amount=9_899, at_stake=7_000
    )
    return placed


def purchase(owner: User, provider: str) -> UserPurchase:
    """An order that waits to be paid."""
    tariff = Tariff.objects.get(code="solo")
    receipt = f"{owner.full_name.split()[0]}-{provider}"
    return UserPurchase.objects.create(
        user=owner, tariff=tariff, period="month", amount=9_900, provider=provider, receipt_number=receipt
    )


@pytest.fixture(autouse=True)
def ways_to_pay(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that takes payments; the service for development calls nobody."""
    settings.BILLING = True
    settings.PAYEE = settings.PAYEE | {"name": "Payee", "kaspi": "+7 700 000 00 00"}
    settings.PAYMENT_SANDBOX = True
    monkeypatch.setattr(payments, "deliver", lambda topic, fields: None)


def session_of(user: User) -> str:
    """The key of an open session."""
    return str(browser_of(user).session.session_key)


def replay(store: Store) -> Replay:
    """The store's last hour, asked for and answered."""
    now, category = timezone.now(), Product.everything.filter(store=store).values_list("category_code", flat=True)[0]
    asked = work.ask(store, work.Wanted(now - timedelta(hours=1), now, category_code=category), None)
    work.run_next()
    return asked


def upload(store: Store, header: str) -> ProductUpload:
    """A file of the store's own costs, read as far as it can be without a person."""
    sku = Product.everything.filter(store=store).values_list("sku", flat=True)[0]
    file = f"SKU;{header}\n{sku};7100\n".encode()
    received = receive.receive(store, f"{store.name}.csv", [file], store.members.get(memberships__role="owner"))
    while work_next():
        pass
    received.refresh_from_db()
    return received


def applied(received: ProductUpload) -> ProductUpload:
    receive.apply(received, received.preview_number, [], received.uploaded_by)
    work_next()
    return received


@pytest.fixture
def ours(tenants: tuple[Tenant, Tenant]) -> Tenant:
    return tenants[0]


@pytest.fixture
def theirs(tenants: tuple[Tenant, Tenant]) -> Tenant:
    return tenants[1]


def test_both_tenants_are_on_one_card(ours: Tenant, theirs: Tenant) -> None:
    assert ours.product.card_id == theirs.product.card_id
    assert (ours.update.new_price, theirs.update.new_price) == (9_499, 9_499)


def browser_of(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def fill(path: str, key: object) -> str:
    """The address with this id in it."""
    return re.sub(r"<[^>]+>", str(key), path.replace("<format>", "json").replace("<drf_format_suffix:format>", ".json"))


def ask(browser: Client, method: str, path: str, of: str = "") -> HttpResponseBase:
    """One request with which nothing is wrong but perhaps the id."""
    if path.startswith("/cabinet/"):
        form = FORMS.get(max((end for end in FORMS if path.endswith(end)), key=len, default=""), {})
        return browser.generic(method, path, urlencode(form), content_type="application/x-www-form-urlencoded")
    body = json.dumps(body_of(browser, path, of))
    path += query_of(path)
    return browser.generic(method, path, body, content_type="application/json", headers={"If-Match": '"1"'})


def query_of(path: str) -> str:
    return QUERIES.get(re.split(r"[./]", path.rstrip("/").removesuffix(".json"))[-1], "")


def body_of(browser: Client, path: str, of: str) -> dict[str, Any]:
    if "bulk-change/apply" in path:
        shown = browser.post(path.partition("apply")[0], BULK, content_type="application/json").json()
        return {"token": shown.get("token", "none")}
    return next((body for name, body in BODIES_BELOW.items() if name in path), BODIES.get(of, {}))


def said(answer: HttpResponseBase, key: int) -> tuple[int, bytes, dict[str, str]]:
    """All that the asker learns. Where he is led to holds the id that he sent himself, and nothing else may."""
    headers = dict(answer.headers)
    if "Location" in headers:
        headers["Location"] = headers["Location"].replace(f"/{key}/", "/<id>/")
    return answer.status_code, answer.getvalue(), headers


def is_marked(text: str) -> bool:
    """Whether something of the stranger shows, however it is written."""
    marks = (cast.STRANGE, json.dumps(cast.STRANGE).strip('"'), quote(cast.STRANGE))
    return any(mark.lower() in text.lower() for mark in marks)


def text_of(answer: HttpResponseBase) -> str:
    return answer.getvalue().decode() + str(dict(answer.headers))


def everything_of(tenant: Tenant) -> list[dict[str, Any]]:
    """All rows of a tenant that somebody could change."""
    models: list[tuple[type[Model], str]] = [
        (Store, "pk"),
        (Membership, "store"),
        (Invitation, "store"),
        (Product, "store"),
        (CityPrice, "product__store"),
        (PricingRule, "store"),
        (ProductPriceUpdate, "store"),
        (Notification, "store"),
        (Competitor, "store"),
        (Replay, "store"),
        (MerchantToken, "store"),
        (CardBatch, "store"),
        (NewCard, "store"),
        (ProductUpload, "store"),
        (SalesPoint, "store"),
        (CatalogueBatch, "store"),
        (CatalogueChange, "store"),
        (Order, "store"),
        (OrderAction, "store"),
        (OrderItem, "order__store"),
        (ReturnOutcome, "store"),
        (Availability, "product__store"),
        (StockMovement, "store"),
        (StockRules, "store"),
        (AcceptanceRules, "store"),
        (Buyer, "store"),
    ]
    return [row for model, path in models for row in model.everything.filter(**{path: tenant.store.pk}).values()]


# --- Ids --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def members(store: Store, seller: User, assistant: User) -> dict[str, User]:
    """Role → somebody who has it in the seller's store."""
    found = {Role.OWNER: seller, Role.VIEWER: assistant}
    for role in (Role.MANAGER, Role.PACKER, Role.ACCOUNTANT):
        found[role] = cast.person(f"{role}@example.kz", role.title())
        Membership.everything.create(store=store, user=found[role], role=role)
    return {role: found[role] for role in Role}


@pytest.fixture
def people(members: dict[str, User], ours: Tenant, theirs: Tenant, stranger: User) -> dict[str, tuple[Client, Tenant]]:
    """Name → a browser, and the tenant who is a stranger to it."""
    return {
        **{role: (browser_of(user), theirs) for role, user in members.items()},
        "stranger": (browser_of(stranger), ours),
        "anonymous": (browser_of(None), ours),
    }


@pytest.mark.django_db
@pytest.mark.parametrize("person", PEOPLE)
def test_a_strangers_row_and_a_missing_one_are_the_same(people: dict[str, tuple[Client, Tenant]], person: str) -> None:
    """Every route × method, for every role, the stranger and nobody."""
    browser, foreign = people[person]
    before = everything_of(foreign)
    for path in ROWS:
        if path in SUFFIXED and person not in SPELT_TWICE:
            continue
        # A method that the address does not have is refused before any row is looked for: one person tries.
        for method in METHODS if person == "owner" and path in ROUTES else sorted(ROW_METHODS[path]):
            assert_same(browser, method, path, foreign, person)
    assert everything_of(foreign) == before


@pytest.mark.django_db
def test_another_persons_row_and_a_missing_one_are_the_same(people: dict[str, tuple[Client, Tenant]]) -> None:
    before = rows_of_persons()
    for person, (browser, foreign) in people.items():
        for path, method in product(PERSONS_ROWS, METHODS):
            assert_same(browser, method, path, foreign, person)
    assert rows_of_persons() == before


@pytest.fixture(autouse=True)
def without_throttles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every address is asked more often than a person may."""
    monkeypatch.setattr(SimpleRateThrottle, "allow_request", lambda *request: True)


def assert_same(browser: Client, method: str, path: str, foreign: Tenant, person: str) -> None:
    route = (ROUTES | SUFFIXED)[path]
    there = answer_about(foreign.id_of(route.of), browser, method, path)
    nowhere = answer_about(MISSING, browser, method, path)
    assert there == nowhere, (person, path, method)
    assert there[0] in expected(person, path, method, route), (person, path, method)


def rows_of_persons() -> list[Any]:
    """All rows that belong to people, not to stores."""
    models: list[type[Model]] = [ApiToken, UserSession, Invitation, Membership, UserPurchase]
    return [row for model in models for row in model._base_manager.order_by("pk").values()]


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_a_role_finds_and_does_what_the_table_says_and_no_more(
    members: dict[str, User], ours: Tenant, role: Role
) -> None:
    """Every route × method × role. What is refused changes nothing; what is allowed and changes is tried elsewhere."""
    publish(ours.store.pk)
    record_pull(ours.store.pk, 1, 200, "Kaspi")
    browser, before = browser_of(members[role]), everything_of(ours)
    for path in ROWS:
        for method in sorted((ROUTES | SUFFIXED)[path].methods):
            assert_granted(browser, method, path, ours, role)
    assert everything_of(ours) == before


def assert_granted(browser: Client, method: str, path: str, ours: Tenant, role: Role) -> None:
    route = (ROUTES | SUFFIXED)[path]
    own = ours.id_of(route.of)
    if route.to not in MAY[role]:
        there, nowhere = (answer_about(key, browser, method, path) for key in (own, MISSING))
        assert (there[0], there) == (404, nowhere), (path, method)
    elif method in SAFE:
        assert answer_about(own, browser, method, path)[0] == 200, (path, method)
    elif route.change not in MAY[role]:
        refused = (200, 302) if path.startswith("/cabinet/") else (403,)
        assert answer_about(own, browser, method, path)[0] in refused, (path, method)


def test_every_role_is_refused_something_and_allowed_something() -> None:
    assert {role for role in Role if MAY[role] == frozenset(Action)} == {Role.OWNER}
    assert all(Action.SEE_STORE in MAY[role] for role in Role)


def answer_about(key: int, browser: Client, method: str, path: str) -> tuple[int, bytes, dict[str, str]]:
    return said(ask(browser, method, fill(path, key), (ROUTES | SUFFIXED)[path].of), key)


def expected(person: str, path: str, method: str, route: Route) -> tuple[int, ...]:
    """Which answers are right. A method that the address does not have is refused before any row is looked for."""
    if person == "anonymous":
        return (401,) if path.startswith("/api/") else (302,)
    if method in route.methods:
        return (404,)
    return (200, 405) if method == "OPTIONS" else (405,)


@pytest.mark.django_db
@pytest.mark.parametrize("half", [0, 1])
def test_the_same_request_with_ones_own_id_is_answered(ours: Tenant, seller: User, half: int) -> None:
    publish(ours.store.pk)
    record_pull(ours.store.pk, 1, 200, "Kaspi")
    for path in ROWS[half::2]:
        with taken_back():
            assert_answered(seller, path, ours)


@contextmanager
def taken_back() -> Iterator[None]:
    """What is written within is gone afterwards: making the rows anew for each address would take minutes."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def assert_answered(seller: User, path: str, ours: Tenant) -> None:
    route = (ROUTES | SUFFIXED)[path]
    for method in sorted(route.methods, key=["DELETE"].count):
        answer = ask(browser_of(seller), method, fill(path, ours.id_of(route.of)), route.of)
        answer.getvalue()
        # A form of a page leads back to its page; but what was asked for is shown at once.
        is_form = path.startswith("/cabinet/") and method == "POST" and not path.endswith(SHOWN_AT_ONCE)
        made = 201 if any(name in path for name in MAKES) else 200
        assert answer.status_code == (302 if is_form else 204 if method == "DELETE" else made), (path, method)


@pytest.mark.django_db
def test_a_filter_tells_a_strangers_id_from_a_missing_one_as_little(people: dict[str, tuple[Client, Tenant]]) -> None:
    filters = [(path, name) for path, names in FILTERS.items() for name in names]
    for person, (path, name) in product(["owner", "viewer", "packer", "stranger"], filters):
        browser, foreign = people[person]
        key = foreign.id_of(FILTER_ROWS.get((path, name), name))
        there = said(browser.get(path, {name: key}), key)
        nowhere = said(browser.get(path, {name: MISSING}), MISSING)
        assert there == nowhere, (person, path, name)
        assert there[0] == 400, (person, path, name)


@pytest.mark.django_db
def test_the_fragment_of_ones_own_store_holds_no_foreign_product(ours: Tenant, theirs: Tenant, seller: User) -> None:
    path = f"/cabinet/stores/{ours.store.pk}/moved/"
    there = text_of(browser_of(seller).get(path, {"ids": theirs.product.pk}))
    nowhere = text_of(browser_of(seller).get(path, {"ids": MISSING}))
    assert FORM_TOKEN.sub("", there) == FORM_TOKEN.sub("", nowhere)
    assert not is_marked(there)


# --- Texts ------------------------------------------------------------------------------------------------------------


def listed(tenant: Tenant) -> list[str]:
    """Each address that can be read, with the tenant's own ids in it."""
    return [
        fill(path, tenant.id_of(route.of) if route.of else tenant.store.price_list_key)
        for path, route in (ROUTES | SUFFIXED).items()
        if route.shows is not Shows.ROW or "GET" in route.methods
    ]


def read_all(user: User | None, tenant: Tenant) -> dict[str, str]:
    """Address → everything that is read there, redirects followed."""
    browser = browser_of(user)
    return {path: text_of(browser.get(path + query_of(path), follow=True)) for path in listed(tenant)}


@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["automatic", "ask", "watch"])
def test_nothing_of_the_stranger_shows_anywhere(
    ours: Tenant, theirs: Tenant, seller: User, assistant: User, stranger: User, mode: str
) -> None:
    change_store(theirs.store, {"mode": mode}, stranger)
    cast.see(cast.city_price(ours.product).market, {"30125007": 9_499, "30999999": 9_499, "30200001": 9_300})
    decide_markets([cast.city_price(ours.product).market_id])
    for person in (seller, assistant):
        assert [path for path, text in read_all(person, ours).items() if is_marked(text)] == []


@pytest.mark.django_db
def test_nothing_of_anybody_shows_to_who_is_not_signed_in(ours: Tenant, theirs: Tenant) -> None:
    for tenant in (ours, theirs):
        assert [path for path, text in read_all(None, tenant).items() if is_marked(text)] == []


@pytest.mark.django_db
def test_the_stranger_himself_reads_his_marker(theirs: Tenant, stranger: User) -> None:
    publish(theirs.store.pk)
    marked = {path for path, text in read_all(stranger, theirs).items() if is_marked(text)}
    silent = set(listed(theirs)) - marked
    shown = {fill(path, theirs.id_of(route.of) if route.of else "") for path, route in tenant_routes()}
    assert sorted(silent & shown) == []


def tenant_routes() -> list[tuple[str, Route]]:
    shown = [(path, route) for path, route in ROUTES.items() if route.shows is Shows.OWN or "GET" in route.methods]
    return [(path, route) for path, route in shown if not route.is_public]


@pytest.mark.django_db
def test_searching_for_the_strangers_words_finds_nothing(ours: Tenant, theirs: Tenant, seller: User) -> None:
    for words in ({"search": cast.STRANGE}, {"brand": cast.STRANGE}, {"sku": f"{cast.STRANGE}-1"}):
        assert browser_of(seller).get("/api/products/", words).json()["results"] == [], words


@pytest.mark.django_db
def test_a_cursor_of_the_stranger_opens_ones_own_rows_only(ours: Tenant, theirs: Tenant, seller: User) -> None:
    cast.product(theirs.store, f"{cast.STRANGE}-2", marker=cast.STRANGE)
    member = theirs.store.memberships.get(role=Role.OWNER).user
    following = browser_of(member).get("/api/products/?page_size=1").json()["next"]
    page = browser_of(seller).get(following)
    assert page.status_code == 200
    assert {row["store"] for row in page.json()["results"]} <= {ours.store.pk}


@pytest.mark.django_db
def test_the_price_list_of_a_store_holds_its_own_goods(ours: Tenant, theirs: Tenant) -> None:
    lists = {}
    for tenant in (ours, theirs):
        access = renew_price_list_access(tenant.store)
        publish(tenant.store.pk)
        lists[tenant.store.pk] = (access, f"/price-list/{tenant.store.price_list_key}.xml")
    assert [is_marked(pulled(*lists[tenant.store.pk])) for tenant in (ours, theirs)] == [False, True]
    crossed = pulled(lists[ours.store.pk][0], lists[theirs.store.pk][1])
    assert not is_marked(crossed)


def pulled(access: Any, path: str) -> str:
    token = base64.b64encode(f"{access.login}:{access.password}".encode()).decode()
    return text_of(Client().get(path, headers={"Authorization": f"Basic {token}"}))


# --- The service desk -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_service_desk_is_closed_to_everybody_but_staff(
    people: dict[str, tuple[Client, Tenant]], theirs: Tenant
) -> None:
    desk = [path for path in addresses() if path.startswith(ADMIN)]
    assert len(desk) > 50
    for person, path, method in product(["owner", "viewer", "anonymous"], desk, ["GET", "POST"]):
        answer = ask(people[person][0], method, fill(path.replace("…", ""), theirs.store.pk))
        assert not is_marked(text_of(answer)), (person, path)
        assert answer.status_code in (302, 403, 404, 405) or path == f"{ADMIN}login/", (person, path, method)


UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
# What ends it: signing out, and the button of its own, which takes no other method.
ENDS_IT = {
    *((method, "/cabinet/account/leave/") for method in UNSAFE),
    ("POST", "/cabinet/logout/"),
    ("DELETE", "/api/session/"),
    ("DELETE", "/api/auth/browser/v1/auth/session"),
}
# The person's own pages that hold or make secrets.
SECRET_PAGES = {
    *FLOWS,
    *("/cabinet/confirm-email/<str:key>/", "/cabinet/password/reset/<uidb36>-<key>/"),
    *("/cabinet/account/tokens/", "/cabinet/account/tokens/create/", "/cabinet/account/export/"),
    *("/cabinet/account/tokens/<int:token_id>/revoke/", "/cabinet/account/delete/"),
    *("/api/account/tokens/", "/api/account/tokens.<format>", "/api/account/export/"),
    *("/api/account/tokens/<pk>/", "/api/account/tokens/<pk>.<format>"),
}


@pytest.fixture
def onlooker(admin_user: User, seller: User, ours: Tenant) -> Client:
    """A browser of the service desk that looks on as the seller."""
    return cast.looking_on(admin_user, seller)


def addresses_of(tenant: Tenant) -> Iterator[tuple[str, str]]:
    """Each route, and its address with the tenant's own ids in it."""
    for path, route in (ROUTES | SUFFIXED).items():
        key = tenant.store.price_list_key if route.shows is Shows.KEY else "0"
        yield path, fill(path, tenant.id_of(route.of) if route.of else key)


def unsafe_methods(path: str) -> Sequence[str]:
    """Those that the route has; all of them where the table does not say, and one of an address that is spelt twice."""
    if path in SUFFIXED:
        return ("POST",)
    return sorted(ROUTES[path].methods - SAFE) if ROUTES[path].methods else UNSAFE


@pytest.mark.django_db
def test_who_looks_on_changes_nothing_anywhere(onlooker: Client, ours: Tenant) -> None:
    """Every route × unsafe method that it has, and those of the service desk besides."""
    desk = [(path, fill(path.replace("…", ""), ours.store.pk)) for path in addresses() if path.startswith(ADMIN)]
    asked = [(method, path, address) for path, address in addresses_of(ours) for method in unsafe_methods(path)]
    before = everything_of(ours), rows_of_persons()
    for method, path, address in asked + [("POST", *each) for each in desk]:
        if (method, path) not in ENDS_IT:
            assert ask(onlooker, method, address).status_code == 403, (path, method)
    assert (everything_of(ours), rows_of_persons()) == before


@pytest.mark.django_db
def test_who_looks_on_reads_all_but_secrets(onlooker: Client, ours: Tenant, seller: User) -> None:
    access = renew_price_list_access(ours.store)
    publish(ours.store.pk)
    secrets = {access.login, access.password, ours.store.price_list_key, ours.token.beginning}
    before = everything_of(ours), rows_of_persons()
    for path, address in addresses_of(ours):
        route = (ROUTES | SUFFIXED)[path]
        if route.shows is Shows.KEY or (route.of and "GET" not in route.methods):
            continue
        answer = onlooker.get(address + query_of(address))
        assert not [secret for secret in secrets if secret in text_of(answer)], path
        assert (answer.status_code == 403) == (path in SECRET_PAGES), path
    assert (everything_of(ours), rows_of_persons()) == before


# --- The socket -------------------------------------------------------------------------------------------------------

HOME = settings.WEBSOCKET_ORIGINS[0]
socket = pytest.mark.django_db(transaction=True)


class Socket(ApplicationCommunicator):
    """A socket as a browser opens it, in the words of the ASGI specification."""

    def __init__(self, browser: Client, store_id: int, origin: str | None) -> None:
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in browser.cookies.items())
        headers = {b"cookie": cookies, b"origin": origin}
        scope = {
            "type": "websocket",
            "path": f"/ws/stores/{store_id}/",
            "query_string": b"",
            "headers": [(name, value.encode()) for name, value in headers.items() if value],
            "subprotocols": [],
        }
        super().__init__(application, scope)

    async def connect(self) -> dict[str, Any]:
        """What the server answers: it accepts, or it closes."""
        await self.send_input({"type": "websocket.connect"})
        return await self.hear()

    async def say(self, **frame: str | bytes) -> dict[str, Any]:
        """What the server answers to a frame."""
        await self.send_input({"type": "websocket.receive"} | frame)
        return await self.hear()

    async def hear(self) -> dict[str, Any]:
        """The server's next message, without what it leaves empty."""
        message = await self.receive_output(timeout=10)
        return {name: value for name, value in message.items() if value}

    async def leave(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(timeout=10)


ACCEPTED = {"type": "websocket.accept"}
CLOSED = {"type": "websocket.close", "code": FORBIDDEN}
Knock = Callable[..., Socket]


@pytest.fixture
async def knock(empty_redis: object) -> AsyncIterator[Knock]:
    """Opens sockets; all are left at the end."""
    opened: list[Socket] = []

    def open_one(browser: Client, store_id: int, origin: str | None = HOME) -> Socket:
        opened.append(Socket(browser, store_id, origin))
        return opened[-1]

    yield open_one
    for one in opened:
        await one.leave()


def frame(text: dict[str, Any]) -> dict[str, Any]:
    return {"type": "websocket.send", "text": json.dumps(text)}


async def prices_moved(store: Store, product_id: int) -> None:
    """The announcement as a service makes it, heard or not."""
    await sync_to_async(announce_prices)(store.pk, [product_id])


@socket
@pytest.mark.parametrize("person", ["seller", "assistant"])
async def test_members_hear_of_their_store(
    knock: Knock, store: Store, seller: User, assistant: User, person: str
) -> None:
    listening = knock(browser_of({"seller": seller, "assistant": assistant}[person]), store.pk)
    assert await listening.connect() == ACCEPTED
    await prices_moved(store, 7)
    assert await listening.hear() == frame({"type": "prices", "product_ids": [7]})
    await sync_to_async(announce_orders)(store.pk)
    assert await listening.hear() == frame({"type": "orders"})
    await sync_to_async(announce_notifications)(store.pk)
    assert await listening.hear() == frame({"type": "notifications"})


@socket
async def test_a_packer_hears_of_orders_and_of_no_prices(knock: Knock, store: Store) -> None:
    packer = await sync_to_async(cast.person)("packer@example.kz", "Ernar")
    await Membership.everything.acreate(store=store, user=packer, role=Role.PACKER)
    listening = knock(await sync_to_async(browser_of)(packer), store.pk)
    assert await listening.connect() == ACCEPTED
    await prices_moved(store, 7)
    await sync_to_async(announce_upload)(store.pk, 7)
    await sync_to_async(announce_orders)(store.pk)
    assert await listening.hear() == frame({"type": "orders"})


@socket
@pytest.mark.parametrize("where", ["the stranger's", "missing", "beyond any id"])
@pytest.mark.parametrize("person", ["seller", "assistant", "anonymous"])
async def test_a_strangers_store_and_a_missing_one_are_closed_alike(
    knock: Knock, strangers_store: Store, seller: User, assistant: User, person: str, where: str
) -> None:
    store_id = {"the stranger's": strangers_store.pk, "missing": MISSING, "beyond any id": 10**30}[where]
    browser = browser_of({"seller": seller, "assistant": assistant, "anonymous": None}[person])
    assert await knock(browser, store_id).connect() == CLOSED


@socket
async def test_a_session_that_was_made_up_is_closed(knock: Knock, store: Store) -> None:
    browser = Client()
    browser.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
    assert await knock(browser, store.pk).connect() == CLOSED


@socket
@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "https://evil.example",
        HOME.replace("127.0.0.1", "127.0.0.1.evil.example"),
        HOME.replace("http://", "https://"),
        HOME.rsplit(":", 1)[0] + ":1",
    ],
)
async def test_a_page_from_elsewhere_is_refused(knock: Knock, store: Store, seller: User, origin: str | None) -> None:
    answer = await knock(browser_of(seller), store.pk, origin).connect()
    assert answer["type"] == "websocket.close"


@socket
async def test_who_listens_to_one_store_hears_of_no_other(
    knock: Knock, store: Store, strangers_store: Store, seller: User
) -> None:
    listening = knock(browser_of(seller), store.pk)
    await listening.connect()
    await prices_moved(strangers_store, 1)
    await prices_moved(store, 2)
    assert await listening.hear() == frame({"type": "prices", "product_ids": [2]})


@socket
@pytest.mark.parametrize("words", ['{"type": "prices"}', "", "not json", "\x00"])
async def test_talking_into_the_socket_closes_it(knock: Knock, store: Store, seller: User, words: str) -> None:
    talking = knock(browser_of(seller), store.pk)
    await talking.connect()
    assert await talking.say(text=words) == CLOSED


@socket
async def test_so_does_sending_bytes(knock: Knock, store: Store, seller: User) -> None:
    talking = knock(browser_of(seller), store.pk)
    await talking.connect()
    assert await talking.say(bytes=b"\x00") == CLOSED


def leave(user: User, browser: Client) -> None:
    Membership.everything.filter(user=user).delete()


def sign_out(user: User, browser: Client) -> None:
    assert browser.delete("/api/session/").status_code == 204


def change_password(user: User, browser: Client) -> None:
    user.set_password("another-2026")
    user.save()


def sign_out_everywhere(user: User, browser: Client) -> None:
    assert browser_of(user).delete("/api/session/everywhere/").status_code == 204


def be_blocked(user: User, browser: Client) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def stop_looking_on(user: User, browser: Client) -> None:
    assert browser.post("/cabinet/account/leave/").status_code == 302


def lose_the_right(user: User, browser: Client) -> None:
    User.objects.filter(is_staff=True).update(is_staff=False)


@socket
@pytest.mark.parametrize("end", [leave, stop_looking_on, lose_the_right])
async def test_who_looks_on_hears_of_the_store_until_it_is_over(
    knock: Knock, store: Store, assistant: User, admin_user: User, end: Callable[[User, Client], None]
) -> None:
    browser = await sync_to_async(cast.looking_on)(admin_user, assistant)
    listening = knock(browser, store.pk)
    assert await listening.connect() == ACCEPTED
    await prices_moved(store, 7)
    assert await listening.hear() == frame({"type": "prices", "product_ids": [7]})
    await sync_to_async(end)(assistant, browser)
    await prices_moved(store, 8)
    assert await listening.hear() == CLOSED


@socket
@pytest.mark.parametrize("end", [leave, sign_out, sign_out_everywhere, change_password, be_blocked])
async def test_the_next_frame_is_not_told_to_whom_it_no_longer_concerns(
    knock: Knock, store: Store, assistant: User, end: Callable[[User, Client], None]
) -> None:
    browser = browser_of(assistant)
    listening = knock(browser, store.pk)
    assert await listening.connect() == ACCEPTED
    await sync_to_async(end)(assistant, browser)
    await prices_moved(store, 7)
    await prices_moved(store, 8)
    assert await listening.hear() == CLOSED
    assert await listening.receive_nothing()
    assert await knock(browser, store.pk).connect() == CLOSED
