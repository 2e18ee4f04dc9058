"""`manage.py accept_engine`: the yes of a person to a new engine."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from stores.services.errors import Refusal
from stores.services.releases import accept_engine


class Command(BaseCommand):
    help = (
        "Lets the rules of the recorded build's engine act. Run `manage.py replay --engine` first: it lists the "
        "decisions of the last day that this engine changes."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            release = accept_engine()
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"Engine {release.engine_version} is accepted: the rules go on.")
