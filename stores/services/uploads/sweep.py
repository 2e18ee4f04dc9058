"""
What is thrown away: files and previews that are too old or that nobody can use any more, uploads nobody decided about,
folders without a row.
"""

import shutil
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from stores.models import ProductUpload, UploadPage
from stores.services.transactions import in_transaction
from stores.services.uploads import files

State = ProductUpload.State
AT_ONCE = 200
# A folder whose row was never written, or is cleared: whoever wrote or cleared it is dead.
LEFT_BEHIND = timedelta(hours=6)


def clear_old() -> None:
    """Running it twice, or at once, changes nothing more."""
    before = timezone.now() - settings.KEEP_UPLOADS
    useless = Q(created_at__lt=before) | Q(state__in=(State.REFUSED, State.DISCARDED))
    kept = ProductUpload.everything.filter(useless, cleared_at__isnull=True)
    for upload in kept.exclude(state__in=ProductUpload.OPEN).order_by("pk")[:AT_ONCE]:
        clear(upload)
    _clear_nameless()


def clear(upload: ProductUpload) -> None:
    """Delete the files and the preview of an upload on which nobody works."""
    if _clear(upload):
        files.clear(upload)


@in_transaction
def _clear(upload: ProductUpload) -> bool:
    """What nobody decided about in all that time is discarded; what was applied can still be undone."""
    state = State.DISCARDED if upload.state in ProductUpload.ASKING else upload.state
    ours = ProductUpload.everything.filter(pk=upload.pk, state=upload.state, cleared_at__isnull=True)
    if not ours.update(state=state, cleared_at=timezone.now()):
        return False
    UploadPage.everything.filter(upload=upload).delete()
    return True


def _clear_nameless() -> None:
    for folder in files.left_behind(LEFT_BEHIND.total_seconds()):
        if not ProductUpload.everything.filter(token=folder.name, cleared_at__isnull=True).exists():
            shutil.rmtree(folder, ignore_errors=True)
