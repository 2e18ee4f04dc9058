"""Pictures that no row shows any more: their files go with the change that took them away."""

from collections.abc import Iterable
from functools import partial

from django.apps import apps
from django.db import models, transaction

from landing import pictures
from landing.fields import PictureField


def pictures_of(rows: Iterable[models.Model]) -> set[str]:
    """The names of all pictures that these rows, as they were read, show."""
    names = {getattr(row, field.attname).name for row in rows for field in _picture_fields(type(row))}
    return names - {""}


def forget_unshown(names: Iterable[str]) -> None:
    """Delete those of these pictures that no row shows when the transaction is committed; none if it is not."""
    transaction.on_commit(partial(_delete_unshown, frozenset(names)))


def _delete_unshown(names: Iterable[str]) -> None:
    read = map(pictures.read_name, names)
    for digest in {rendition.digest for rendition in read if rendition}:
        # Equal pictures are one file, whichever rows show them.
        if not _is_shown(digest):
            pictures.delete(digest)


def _is_shown(digest: str) -> bool:
    return any(
        model._default_manager.filter(**{f"{field.name}__startswith": digest}).exists()  # noqa: SLF001 -- Django's documented name
        for model in apps.get_models()
        for field in _picture_fields(model)
    )


def _picture_fields(model: type[models.Model]) -> list[PictureField]:
    return [field for field in model._meta.get_fields() if isinstance(field, PictureField)]  # noqa: SLF001 -- the same
