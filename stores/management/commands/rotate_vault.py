"""`manage.py rotate_vault`: every stored secret under the first key of VAULT_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from stores.services.merchant import sealing
from users.services import second_factor


class Command(BaseCommand):
    help = (
        "Seals the stored API tokens and second factors with the first key of VAULT_KEYS. Until it has said that none "
        "is left under an older key, keep that key in VAULT_KEYS behind the new one. May be interrupted and run again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done = sealing.rotate() + second_factor.rotate()
        self.stdout.write(f"Sealed anew: {done.resealed}. Under the first key already: {done.current}.")
        if done.unopened:
            raise CommandError(
                f"{done.unopened} secrets open with no key of VAULT_KEYS. Put the key they were sealed with behind the "
                "first one, or have the tokens entered and the second factors set up again."
            )
