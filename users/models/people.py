"""People: the e-mail is the login."""

from typing import Any, ClassVar

from django.apps import apps
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from landing.languages import Language
from users.fields import LowerCaseEmailField


class UserManager(BaseUserManager["User"]):
    """Creates users. Lookups by e-mail, by natural key too, ignore the case: the field sees to it."""

    def create_user(self, email: str, password: str | None = None, **extra_fields: Any) -> "User":
        """
        A saved user whose e-mail whoever calls this vouches for; who signs up confirms his own.

        Without a password nobody can log in. Raises ValueError for an empty e-mail.
        """
        if not email:
            raise ValueError("A user needs an e-mail.")
        user = self.model(email=email, **extra_fields)
        user.set_password(password)
        with transaction.atomic(using=self._db):
            user.save(using=self._db)
            user.vouch_for_email()
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra_fields: Any) -> "User":
        """A saved user with all rights, as `manage.py createsuperuser` asks for."""
        return self.create_user(email, password, **(extra_fields | {"is_staff": True, "is_superuser": True}))


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The e-mail is the login."""

    email = LowerCaseEmailField(
        _("e-mail"), unique=True, error_messages={"unique": _("A user with this e-mail already exists.")}
    )
    full_name = models.CharField(_("full name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.RUSSIAN)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Switch this off instead of deleting the user.")
    )
    is_staff = models.BooleanField(_("staff"), default=False, help_text=_("Whether the user may open the admin."))
    date_joined = models.DateTimeField(_("date joined"), default=timezone.now)
    # Part of what each session is checked against: one more, and none of them is good any longer.
    session_epoch = models.PositiveIntegerField(default=0, editable=False)
    deleted_at = models.DateTimeField(_("deleted"), null=True, editable=False)

    # What an API token is for, when one of them asks; None for a person at a session.
    token_scopes: frozenset[str] | None = None
    # Set while the service desk looks on as this person; None for the person.
    impersonation: models.Model | None = None

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["email"]
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="users_user_email_lower_case"),
        ]

    def get_full_name(self) -> str:
        """The full name, empty when the person gave none. Django's history and Unfold's menu ask for it."""
        return self.full_name

    def vouch_for_email(self) -> None:
        """Count the e-mail as confirmed, and no other, as an operator may who knows the person."""
        addresses = apps.get_model("account", "EmailAddress").objects
        addresses.filter(user=self).delete()
        addresses.create(user=self, email=self.email, verified=True, primary=True)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """As Django's, and besides the password it knows the session epoch."""
        salt, value = "users.User.session", f"{self.session_epoch}:{self.password}"
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()
