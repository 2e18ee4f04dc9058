"""How a program says whose it is: `Authorization: Bearer kb_…`."""

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from stores.models.roles import SCOPES
from stores.services.tokens import owner_of
from users.models import User


class TokenAuthentication(BaseAuthentication):
    """An API token opens what it was made for; not the account, the team or other tokens: those ask for a session."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        scheme, _space, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        user = owner_of(secret.strip())
        if user is None:
            raise AuthenticationFailed(_("This token is unknown, taken back or expired."))
        return user, None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class TokenScheme(OpenApiAuthenticationExtension):
    """What the description of the API says about it."""

    target_class = TokenAuthentication
    name = "apiToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        scopes = ", ".join(SCOPES)
        return {"type": "http", "scheme": "bearer", "description": f"Made in the cabinet. Scopes: {scopes}."}
