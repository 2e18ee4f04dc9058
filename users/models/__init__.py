"""People, and what they pay for."""

from users.models.billing import (
    AccessEntry,
    AccessEntryQuerySet,
    PaymentEvent,
    UserPurchase,
    UserPurchaseQuerySet,
    UserPurchases,
    UserTariff,
    UserTariffQuerySet,
)
from users.models.impersonation import Impersonation
from users.models.letters import Letter
from users.models.people import User, UserManager

__all__ = [
    "AccessEntry",
    "AccessEntryQuerySet",
    "Impersonation",
    "Letter",
    "PaymentEvent",
    "User",
    "UserManager",
    "UserPurchase",
    "UserPurchaseQuerySet",
    "UserPurchases",
    "UserTariff",
    "UserTariffQuerySet",
]
