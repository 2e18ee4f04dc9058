"""The one door to what belongs to a tenant."""

from collections.abc import Mapping
from typing import Any, ClassVar, NoReturn, Self

from django.db import models
from django.db.models import Q

from stores.models.roles import Action, roles_that_may


def path_to_store(model: type[models.Model]) -> str:
    """The look-up that leads from a tenant's model to its store; empty for the store itself."""
    return str(getattr(model, "path_to_store"))  # noqa: B009 -- the type of a queryset's model does not know it


def seen_with(model: type[models.Model]) -> Action:
    """What a role must allow for the model's rows to be there."""
    return Action(getattr(model, "seen_with"))  # noqa: B009 -- as above


def also_seen_with(model: type[models.Model]) -> Mapping[Action, Q]:
    """Which of the model's rows are there for a role that allows something else than `seen_with`."""
    rows: Mapping[Action, Q] = getattr(model, "also_seen_with")  # noqa: B009 -- as above
    return rows


class TenantQuerySet(models.QuerySet):
    """Rows of some stores only."""

    def _path(self, *rest: str) -> str:
        return "__".join(part for part in (path_to_store(self.model), *rest) if part)

    def for_user(self, user: Any, to: Action | None = None) -> Self:
        """
        The rows of the stores in which this person's role allows it: to see them, or what `to` says.

        Others are missing, whether the store is a stranger's or the role is too small.
        """
        seen = self._in_role(to or seen_with(self.model), user)
        if to is None:
            for action, rows in also_seen_with(self.model).items():
                seen |= self._in_role(action, user) & rows
        return self.filter(seen, **{self._path("memberships", "user"): user})

    def _in_role(self, action: Action, user: Any) -> Q:
        return Q(**{self._path("memberships", "role__in"): roles_that_may(action, user)})

    def for_store(self, store: Any) -> Self:
        """The rows of one store (an instance or an id)."""
        return self.filter(**{self._path() or "pk": store})


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):  # type: ignore[misc]
    """
    Answers only to `for_user` and `for_store`; anything else raises.

    Work that serves all tenants (the market watch, the admin) says so by using `Model.everything`.
    """

    def get_queryset(self) -> NoReturn:
        raise TypeError(f"{self.model.__name__}.objects: say for_user(user) or for_store(store)")

    def for_user(self, user: Any, to: Action | None = None) -> TenantQuerySet:
        return self._rows().for_user(user, to)

    def for_store(self, store: Any) -> TenantQuerySet:
        return self._rows().for_store(store)

    def _rows(self) -> TenantQuerySet:
        return self._queryset_class(model=self.model, using=self._db)


class TenantModel(models.Model):
    """A row that belongs to a store. Who may not see its prices sees none of its rows, unless the model says less."""

    path_to_store: ClassVar[str] = "store"
    seen_with: ClassVar[Action] = Action.SEE_PRICES
    also_seen_with: ClassVar[Mapping[Action, Q]] = {}

    everything = models.Manager()
    objects = TenantManager()

    class Meta:
        abstract = True
