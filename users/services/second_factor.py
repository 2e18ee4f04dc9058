"""The secrets of second factors, as they lie in allauth's rows: sealed."""

from allauth.mfa.models import Authenticator
from django.conf import settings

import vault
from users.services.transactions import in_transaction

# allauth tells the one who seals nothing of the row, so all rows are one place.
PLACE = "mfa_authenticator.data"
# Where a row holds one: an authenticator app's, and the one that recovery codes are counted out from.
FIELDS = ("secret", "seed")


def seal(secret: str) -> str:
    """Raises vault.NoKey when the installation has no VAULT_KEYS."""
    return settings.KEYRING.seal(secret, PLACE)


def open_sealed(sealed: str) -> str:
    """Raises vault.CannotOpen."""
    return settings.KEYRING.open(sealed, PLACE)


def rotate() -> vault.Rotation:
    """Seal all of them with the first key of VAULT_KEYS. May be stopped and run again, also beside sign-ins."""
    rotation = vault.Rotation()
    for pk in Authenticator.objects.order_by("pk").values_list("pk", flat=True).iterator(500):
        rotation += _rotate_row(pk)
    return rotation


@in_transaction
def _rotate_row(pk: int) -> vault.Rotation:
    """With the row locked, as allauth does when it marks a code as used in the same column."""
    rotation = vault.Rotation()
    row = Authenticator.objects.select_for_update().filter(pk=pk).first()
    held = row.data if row else {}
    renewed = {
        name: sealed
        for name in FIELDS
        if name in held and (sealed := rotation.renew(settings.KEYRING, held[name], PLACE))
    }
    if row and renewed:
        row.data |= renewed
        row.save(update_fields=["data"])
        rotation.resealed += len(renewed)
    return rotation
