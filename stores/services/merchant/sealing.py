"""A token between its sealed row and the client: opened for a request, sealed again by a new key."""

from collections.abc import Iterator

from django.conf import settings

import kaspi
import vault
from stores.models import MerchantToken


def place_of(store_id: int) -> str:
    """What a store's sealed token is bound to: in another store's row, or in another column, it does not open."""
    return f"stores_merchanttoken.sealed/store={store_id}"


def seal_token(store_id: int, token: kaspi.Token) -> str:
    """Raises vault.NoKey."""
    return settings.KEYRING.seal(token.reveal(), place_of(store_id))


def open_token(row: MerchantToken) -> kaspi.Token:
    """Raises vault.CannotOpen."""
    return kaspi.Token(settings.KEYRING.open(row.sealed, place_of(row.store_id)))


def rotate() -> vault.Rotation:
    """
    Seal every token with the first key of VAULT_KEYS. May be stopped and run again, also beside running workers: each
    row is written by itself, and only if it is still what was read.
    """
    rotation = vault.Rotation()
    for pk, store_id, sealed in _sealed_rows():
        renewed = rotation.renew(settings.KEYRING, sealed, place_of(store_id))
        if renewed is not None:
            rotation.resealed += MerchantToken.everything.filter(pk=pk, sealed=sealed).update(sealed=renewed)
    return rotation


def _sealed_rows() -> Iterator[tuple[int, int, str]]:
    return iter(MerchantToken.everything.order_by("pk").values_list("pk", "store_id", "sealed").iterator(500))
