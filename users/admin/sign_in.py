"""How people sign in: addresses, second factors, sessions."""

# Unfold is written without types, and Django's admin takes type arguments in the stubs only.
# mypy: allow-subclassing-any, allow-any-generics

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from unfold.admin import ModelAdmin

from users.admin.base import NotAdded, NotChanged, ViewOnly

# allauth registers its own; these look like the rest of the admin, and show no session's key.
for model in (EmailAddress, Authenticator, UserSession):
    admin.site.unregister(model)


@admin.register(EmailAddress)
class EmailAddressAdmin(NotAdded, NotChanged, ModelAdmin):
    """A person's addresses; one that waits to be confirmed may be taken away."""

    list_display = ["email", "user", "verified", "primary"]
    list_filter = ["verified", "primary"]
    list_select_related = ["user"]
    search_fields = ["email", "user__email", "user__full_name"]
    fields = [("email", "user"), ("verified", "primary")]


@admin.register(Authenticator)
class AuthenticatorAdmin(NotAdded, NotChanged, ModelAdmin):
    """Second factors; taken away here for who has lost both phone and recovery codes, once it is sure who asks."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["user__email", "user__full_name"]
    fields = [("user", "type"), ("created_at", "last_used_at")]


@admin.register(UserSession)
class UserSessionAdmin(ViewOnly, ModelAdmin):
    """Open sessions, to look at: a deleted row would end none; blocking the user does."""

    list_display = ["user", "ip", "user_agent", "created_at", "last_seen_at"]
    list_select_related = ["user"]
    search_fields = ["user__email", "user__full_name", "ip"]
    fields = ["user", ("ip", "user_agent"), ("created_at", "last_seen_at")]
