"""`manage.py record_build`: the last step of a deployment."""

from typing import Any

from django.core.management.base import BaseCommand

from stores.services.releases import record_build


class Command(BaseCommand):
    help = "Puts this build on record: prices leave through it and through no other."

    def handle(self, *args: Any, **options: Any) -> None:
        release = record_build()
        self.stdout.write(f"Build {release} with engine {release.engine_version} is on record.")
        if release.engine_accepted_at is None:
            self.stdout.write(
                f"Engine {release.engine_version} is new: its rules hold every price until a person accepts it.\n"
                "  manage.py replay --engine   lists the decisions of the last day that it changes\n"
                "  manage.py accept_engine     lets it act"
            )
