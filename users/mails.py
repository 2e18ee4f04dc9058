"""Letters: what each says, and one shape for all of them, as text and as HTML, in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

Text = str | Promise


@dataclass(frozen=True)
class Mail:
    """What a letter says. `%(name)s` stands for a fact; `button`: what its link is called."""

    subject: Text
    text: Text
    button: Text = ""


def send(mail: Mail, to: str, facts: Mapping[str, Any], link: str, language: str) -> None:
    """
    Send a letter with these facts; `link` is a path of ours: what the request called our host is not believed.

    Raises OSError (SMTPException is one) when no server takes it.
    """
    with override(language):
        subject = " ".join((str(mail.subject) % facts).split())
        context = {
            "subject": subject,
            "text": str(mail.text) % facts,
            "button": mail.button,
            "link": settings.PUBLIC_URL + link,
            "language": language,
        }
        letter = EmailMultiAlternatives(subject, render_to_string("users/mail.txt", context), to=[to])
        letter.attach_alternative(render_to_string("users/mail.html", context), "text/html")
        letter.send()


MAILS: Mapping[str, Mail] = {
    "account/email/email_confirmation_signup": Mail(
        _("Confirm your e-mail"),
        _("Somebody, hopefully you, signed up with this address. Confirm it to sign in."),
        _("Confirm the address"),
    ),
    "account/email/email_confirmation": Mail(
        _("Confirm your e-mail"),
        _("Somebody, hopefully you, wants to use this address with an account. Confirm it, or leave it alone."),
        _("Confirm the address"),
    ),
    "account/email/account_already_exists": Mail(
        _("You have an account already"),
        _("Somebody, hopefully you, signed up with this address, which has an account. Forgot the password? Renew it."),
        _("Renew the password"),
    ),
    "account/email/unknown_account": Mail(
        _("There is no account with this address"),
        _("Somebody, hopefully you, asked for a new password, but this address has no account here."),
        _("Sign up"),
    ),
    "account/email/password_reset_key": Mail(
        _("A new password"),
        _("Somebody, hopefully you, asked for a new password. The link is good for an hour, and once."),
        _("Choose a new password"),
    ),
    "account/email/password_changed": Mail(
        _("Your password was changed"),
        _("The password of your account was changed. If that was not you, renew it now."),
        _("Renew the password"),
    ),
    "account/email/password_set": Mail(
        _("Your account has a password"),
        _("A password was set for your account. If that was not you, renew it now."),
        _("Renew the password"),
    ),
    "account/email/password_reset": Mail(
        _("Your password was changed"),
        _("The password of your account was renewed by a link in a letter. If that was not you, renew it now."),
        _("Renew the password"),
    ),
    "account/email/email_changed": Mail(
        _("Your e-mail was changed"),
        _("Your account now has the address %(to_email)s instead of %(from_email)s. Was that not you? Write to us."),
    ),
    "account/email/email_deleted": Mail(
        _("Your e-mail stays as it is"),
        _("The change of your address to %(deleted_email)s was called off. Was that not you? Write to us."),
    ),
    "mfa/email/totp_activated": Mail(
        _("Second factor switched on"),
        _("Signing in to your account now asks for a code of your phone. If that was not you, renew your password."),
        _("Renew the password"),
    ),
    "mfa/email/totp_deactivated": Mail(
        _("Second factor switched off"),
        _("Signing in to your account no longer asks for a code. If that was not you, renew your password."),
        _("Renew the password"),
    ),
    "mfa/email/recovery_codes_generated": Mail(
        _("New recovery codes"),
        _("New recovery codes were made for your account; the old ones are void. If that was not you, renew it now."),
        _("Renew the password"),
    ),
}
