"""A column that holds a picture: any model may have one, and its form checks what is sent."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.fields.files import FieldFile
from django.urls import reverse

from landing import pictures
from landing.pictures import PictureError, Rendition


class PictureFormField(forms.FileField):
    """Takes a JPEG, PNG or WebP. The size is looked at first, the measures next; only then is it decoded."""

    widget = forms.ClearableFileInput

    def to_python(self, data: Any) -> Any:
        """The uploaded file as it was sent, or None. Raises ValidationError with the code of the PictureError."""
        file = super().to_python(data)
        if file is None:
            return None
        try:
            pictures.check_size(file.size)
            pictures.decode(pictures.open_picture(file))
        except PictureError as error:
            raise ValidationError(error.message, code=error.code) from None
        return file

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"accept": "image/jpeg,image/png,image/webp"}


class PictureFile(FieldFile):
    """What a row holds: the name of the largest rendition, from which the others follow."""

    field: "PictureField"

    def save(self, name: str | None, content: Any, save: bool = True) -> None:  # noqa: FBT001, FBT002 -- Django's own
        """Keep the picture. Raises PictureError, and then nothing was written."""
        self.name = pictures.keep(content, content.size, self.field.widths).name
        setattr(self.instance, self.field.attname, self.name)
        self._committed = True
        if save:
            self.instance.save()

    @property
    def largest(self) -> Rendition:
        """Raises ValueError when the row has no picture."""
        rendition = pictures.read_name(self.name or "")
        if rendition is None:
            raise ValueError("There is no picture.")
        return rendition

    @property
    def url(self) -> str:
        return picture_address(self.largest)

    @property
    def srcset(self) -> str:
        """Every width with its address, for `<img srcset>`."""
        every = pictures.renditions(self.largest, self.field.widths)
        return ", ".join(f"{picture_address(each)} {each.width}w" for each in every)


class PictureField(models.FileField):
    """A picture in the given widths (pixels). Rows hold its name; the files lie in the storage."""

    attr_class = PictureFile

    def __init__(self, *args: Any, widths: Sequence[int] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.widths = tuple(widths)

    def formfield(self, **kwargs: Any) -> Any:
        # A name of ours takes the place of the file's own, however long that is.
        return super().formfield(**{"form_class": PictureFormField, "max_length": None} | kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """As the column it is: migrations need not know how wide the pictures are."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.FileField", args, kwargs


def picture_address(rendition: Rendition) -> str:
    """Where visitors find it."""
    return reverse("landing:picture", args=[rendition.name])
