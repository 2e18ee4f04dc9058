"""`manage.py check_fees`: are all fees known that somebody's products need, today and for the next 30 days?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from stores.services.fee_gaps import find_gaps


class Command(BaseCommand):
    help = "Lists the fees in use that are missing, or end within 30 days with nothing after them; ends with 1 then."

    def handle(self, *args: Any, **options: Any) -> None:
        gaps = find_gaps()
        for gap in gaps:
            self.stdout.write(f"{gap.table} {gap.key}: none from {gap.since} on".replace(" :", ":"))
        if gaps:
            raise CommandError(f"{len(gaps)} fees are missing or run out. Add their rows in the admin.")
        self.stdout.write("All fees in use are known for the next 30 days.")
