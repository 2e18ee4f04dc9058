"""
How many stores, people and repriced products there is room for: asked by the services that add one.

What is there stays, whatever becomes of the tariff; only more is refused. A store counts for the owner who has
belonged to it longest, its payer. Nobody is limited where nobody is billed (`BILLING`); nor is who was never given a
subscription, because an operator made his account.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from landing.models import Tariff
from stores.models import CityPrice, Invitation, Membership, Store
from stores.models.roles import Role
from stores.services.errors import Refusal
from stores.services.money import thousands
from stores.services.prices.automated import prices_with_strategy
from users.models import User, UserTariff

REFUSED = "tariff_limit"


class Limit(models.TextChoices):
    """What a tariff limits; the value is the tariff's column without `_limit`."""

    PRODUCTS = "product", gettext_lazy("Repriced products")
    STORES = "store", gettext_lazy("Stores")
    PEOPLE = "staff", gettext_lazy("People besides the owner")

    @property
    def column(self) -> str:
        """The tariff's field that says how many."""
        return f"{self.value}_limit"


@dataclass(frozen=True)
class Room:
    """
    What there is room for, by one limit of a person's tariff.

    `used`: what counts now; `wanted`: what would count. `tariff`: None for who is not limited. `larger`: the cheapest
    tariff on offer that has room for what is wanted, where the present one has not.
    """

    limit: Limit
    used: int
    wanted: int
    tariff: Tariff | None
    larger: Tariff | None = None

    @property
    def most(self) -> int | None:
        """How many the tariff allows; None: any number."""
        return None if self.tariff is None else getattr(self.tariff, self.limit.column)

    @property
    def free(self) -> int:
        """How many more than what counts now there is room for; of a limited tariff only."""
        return max(0, (self.most or 0) - self.used)

    @property
    def is_enough(self) -> bool:
        """Whether what is wanted may be."""
        return self.most is None or self.wanted <= self.most

    @property
    def text(self) -> str:
        """Why there is no room, and which tariff has it."""
        what = {"what": self.limit.label, "tariff": self.tariff, "wanted": thousands(self.wanted)}
        text = _("%(what)s in the plan “%(tariff)s”: at most %(most)s; this would make %(wanted)s.")
        text %= what | {"most": thousands(self.most)}
        if self.larger is None:
            return text
        more = {"tariff": self.larger, "most": thousands(getattr(self.larger, self.limit.column))}
        return f"{text} {_('The plan “%(tariff)s” has room for %(most)s.') % more}"


def room_for(person: User, limit: Limit, more: int = 0) -> Room:
    """Whether the person's tariff has room for so many more than what counts now, and which one has."""
    return _room(person, tariff_of(person), limit, more)


def usage_of(person: Any) -> list[Room]:
    """How much of each limit the person uses."""
    tariff = tariff_of(person)
    return [_room(person, tariff, limit) for limit in Limit]


def require_room(person: User, limit: Limit, more: int = 1) -> None:
    """
    Refuse what the person's tariff has no room for. Raises Refusal (`tariff_limit`).

    Holds the person's row until the end of the transaction: of two requests for the last place one gets it. Who holds
    a store's row takes that first.
    """
    if tariff_of(person) is None:
        return
    _lock(person)
    room = room_for(person, limit, more)
    if not room.is_enough:
        raise Refusal(REFUSED, room.text)


@contextmanager
def room_for_repriced(store: Store) -> Iterator[None]:
    """
    Around whatever may make more products of a store repriced. The caller holds the store's row.

    Raises Refusal (`tariff_limit`) where they became more, and more than the tariff of the store's payer has room for.
    """
    payer = payer_of(store)
    if payer is None or tariff_of(payer) is None:
        yield
        return
    _lock(payer)
    before = count_repriced(payer)
    yield
    room = room_for(payer, Limit.PRODUCTS)
    if room.used > before and not room.is_enough:
        raise Refusal(REFUSED, room.text)


def foretell_repriced(store: Store, more: int) -> str:
    """What to know before so many more products of a store are repriced; empty where there is room for them."""
    payer = payer_of(store) if more > 0 else None
    if payer is None or (room := room_for(payer, Limit.PRODUCTS, more)).is_enough:
        return ""
    text = _("Of these %(more)s products there is room for %(free)s. As it is, nothing would be applied: choose fewer.")
    return f"{room.text} {text % {'more': thousands(more), 'free': thousands(room.free)}}"


def tariff_of(person: User) -> Tariff | None:
    """The tariff whose limits hold for the person; None for who is not limited."""
    if not settings.BILLING:
        return None
    current = UserTariff.objects.for_user(person).current().select_related("tariff").first()
    return None if current is None else current.tariff


def payer_of(store: Store) -> User | None:
    """Whose tariff counts for a store; None for one that nobody owns any more."""
    owners = Membership.everything.filter(store=store, role=Role.OWNER).select_related("user")
    first = owners.order_by("pk").first()
    return None if first is None else first.user


def stores_paid_by(person: User) -> QuerySet[Store]:
    """The stores that count for this person."""
    owned = Membership.everything.filter(store=OuterRef("pk"), role=Role.OWNER)
    earlier = owned.filter(pk__lt=OuterRef("own"))
    own = models.Subquery(owned.filter(user=person).values("pk")[:1])
    return Store.everything.alias(own=own).filter(~Exists(earlier), own__isnull=False)


def repriced_prices() -> QuerySet[CityPrice]:
    """
    The prices of all stores that count as repriced: with a strategy, in a store that does more than watch.

    What is paused counts: who stops prices for a while finds room for them afterwards.
    """
    return prices_with_strategy().exclude(product__store__mode=Store.Mode.WATCH)


def count_repriced(person: User) -> int:
    """How many products of the person's stores are repriced."""
    prices = repriced_prices().filter(product__store__in=_ids(stores_paid_by(person)))
    return prices.order_by().values("product").distinct().count()


def count_stores(person: User) -> int:
    """How many stores count for the person."""
    return stores_paid_by(person).count()


def count_people(person: User) -> int:
    """How many others belong to the person's stores, or are invited to."""
    return len(people_around(person))


def people_around(person: User) -> set[str]:
    """The e-mails of those who belong to the person's stores, or are invited to; his own is none of them."""
    stores = _ids(stores_paid_by(person))
    members = Membership.everything.filter(store__in=stores).values_list("user__email", flat=True)
    invited = Invitation.everything.filter(store__in=stores, expires_at__gt=timezone.now())
    return {*members, *invited.values_list("email", flat=True)} - {person.email}


def _room(person: User, tariff: Tariff | None, limit: Limit, more: int = 0) -> Room:
    used = _COUNTS[limit](person)
    room = Room(limit, used, used + more, tariff)
    return room if room.is_enough else replace(room, larger=_larger(limit, room.wanted))


_COUNTS = {Limit.PRODUCTS: count_repriced, Limit.STORES: count_stores, Limit.PEOPLE: count_people}


def _larger(limit: Limit, wanted: int) -> Tariff | None:
    enough: dict[str, Any] = {f"{limit.column}__gte": wanted}
    return Tariff.objects.filter(is_visible=True, **enough).order_by("price_month", "position").first()


def _ids(stores: QuerySet[Store]) -> list[int]:
    return list(stores.values_list("pk", flat=True))


def _lock(person: User) -> None:
    User.objects.select_for_update().get(pk=person.pk)
