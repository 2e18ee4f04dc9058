"""The one door to what belongs to a tenant."""

from typing import Any, ClassVar, NoReturn, Self

from django.db import models


def path_to_store(model: type[models.Model]) -> str:
    """The look-up that leads from a tenant's model to its store; empty for the store itself."""
    return str(getattr(model, "path_to_store"))  # noqa: B009 -- the type of a queryset's model does not know it


class TenantQuerySet(models.QuerySet):
    """Rows of some stores only."""

    def _path(self, *rest: str) -> str:
        return "__".join(part for part in (path_to_store(self.model), *rest) if part)

    def for_user(self, user: Any) -> Self:
        """The rows of the stores that this person is a member of."""
        return self.filter(**{self._path("memberships", "user"): user})

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

    def for_user(self, user: Any) -> TenantQuerySet:
        return self._rows().for_user(user)

    def for_store(self, store: Any) -> TenantQuerySet:
        return self._rows().for_store(store)

    def _rows(self) -> TenantQuerySet:
        return self._queryset_class(model=self.model, using=self._db)


class TenantModel(models.Model):
    """A row that belongs to a store."""

    path_to_store: ClassVar[str] = "store"

    everything = models.Manager()
    objects = TenantManager()

    class Meta:
        abstract = True
