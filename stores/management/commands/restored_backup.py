"""`manage.py restored_backup`: the first step after a backup of the database was put back."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import reverse

from stores.models import BreakerTrip
from stores.services.backups import hold_restored

WHAT_TO_LOOK_AT = """\
Nothing leaves: no price, no price list, no action on an order, no new card. The price lists that lie on the disk are
served as they are, and every store is told. The product may be started now: it reads the marketplace, and waits.

Look at what the backup cannot know, before you let it go on:
  - prices, limits, stocks and rules that people changed since; the storefront, orders and messages show what moved
  - new passwords of price lists and API tokens of stores that were entered since: enter them again
  - members, sessions and tokens that were taken away since: they are back, take them away again
  - payments and refunds since: compare with the bank and the payment service
  - actions on orders and new cards that are now marked as unclear

Then delete the stop "{stop}": {address}
Price lists are then built from the rows, and everything goes on."""


class Command(BaseCommand):
    help = (
        "Says that the database was put back from a backup: nothing leaves until a person has looked and deletes the "
        "stop. Run it before any worker is started. Twice changes nothing more."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        hold_restored()
        address = settings.PUBLIC_URL + reverse("admin:stores_pricestop_changelist")
        self.stdout.write(WHAT_TO_LOOK_AT.format(stop=BreakerTrip.Code.FROM_BACKUP.label, address=address))
