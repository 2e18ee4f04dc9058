"""A person as the service desk sees him whole: what he pays, how he signs in, and his stores with his role there."""

# Unfold is written without types, and Django's admin takes type arguments in the stubs only.
# mypy: allow-subclassing-any, allow-any-generics

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from stores.admin.base import StoresInline, ViewOnly
from stores.models import Membership
from users.admin.people import UserAdmin
from users.models import User

admin.site.unregister(User)


class RoleInline(ViewOnly, StoresInline):
    """Where the person belongs; a role is given and taken on the store's page."""

    model = Membership
    verbose_name_plural = _("Stores")
    fields = ["store", "role"]
    select_related = ["store", "user"]


@admin.register(User)
class PersonAdmin(UserAdmin):
    search_fields = [*UserAdmin.search_fields, "memberships__store__name", "memberships__store__merchant_id"]
    inlines = [RoleInline, *UserAdmin.inlines]
