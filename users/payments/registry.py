"""The ways to pay that there are, and those that this installation is set up for."""

from users.payments.base import OnlineProvider, Provider
from users.payments.invoice import Invoice
from users.payments.sandbox import Sandbox
from users.payments.tiptoppay import TipTopPay

PROVIDERS: tuple[Provider, ...] = (TipTopPay(), Invoice(), Sandbox())


def ready_providers() -> list[Provider]:
    """Those that may be chosen here, the first to be offered first."""
    return [provider for provider in PROVIDERS if provider.is_ready()]


def provider_of(code: str) -> Provider | None:
    """The one with this code, if it is set up."""
    return next((provider for provider in ready_providers() if provider.code == code), None)


def online_provider_of(code: str) -> OnlineProvider | None:
    """Like `provider_of`, if it is a service that calls us."""
    provider = provider_of(code)
    return provider if isinstance(provider, OnlineProvider) else None
