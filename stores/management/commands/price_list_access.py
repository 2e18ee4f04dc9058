"""`manage.py price_list_access STORE_ID`: what the seller types into the marketplace's cabinet."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from stores.models import Store
from stores.services.store import renew_price_list_access


class Command(BaseCommand):
    help = "Makes a new login and password for a store's price list and prints them once, with its address."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("store_id", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        store = Store.everything.filter(pk=options["store_id"]).first()
        if store is None:
            known = ", ".join(f"{pk} {name}" for pk, name in Store.everything.values_list("pk", "name")[:20])
            raise CommandError(f"There is no store {options['store_id']}. Known are: {known or 'none'}.")
        access = renew_price_list_access(store)
        self.stdout.write(f"{store.name}: enter these in the seller's cabinet. They are shown once.")
        self.stdout.write(f"  address   {access.url}\n  login     {access.login}\n  password  {access.password}")
