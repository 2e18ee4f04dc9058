"""
The flows of users/urls.py as JSON, for the separate front-end and its session cookie.

Requests and answers: https://docs.allauth.org/en/latest/headless/openapi-specification/
"""

from allauth.headless.account import views as account
from allauth.headless.base import views as base
from allauth.headless.constants import Client
from allauth.headless.mfa import views as second_factor
from allauth.headless.usersessions import views as sessions
from django.urls import path

VIEWS = {
    "config": base.ConfigView,
    "auth/session": account.SessionView,
    "auth/login": account.LoginView,
    "auth/signup": account.SignupView,
    "auth/email/verify": account.VerifyEmailView,
    "auth/password/request": account.RequestPasswordResetView,
    "auth/password/reset": account.ResetPasswordView,
    "auth/reauthenticate": account.ReauthenticateView,
    "auth/2fa/authenticate": second_factor.AuthenticateView,
    "auth/2fa/reauthenticate": second_factor.ReauthenticateView,
    "auth/sessions": sessions.SessionsView,
    "account/email": account.ManageEmailView,
    "account/password/change": account.ChangePasswordView,
    "account/authenticators": second_factor.AuthenticatorsView,
    "account/authenticators/totp": second_factor.ManageTOTPView,
    "account/authenticators/recovery-codes": second_factor.ManageRecoveryCodesView,
}

urlpatterns = [path(f"browser/v1/{where}", view.as_api_view(client=Client.BROWSER)) for where, view in VIEWS.items()]
