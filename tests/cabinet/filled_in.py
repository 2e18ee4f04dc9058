"""What a browser sends of a form as it is shown."""

from html.parser import HTMLParser

from django.http import HttpResponse


class Form(HTMLParser):
    """Name → value of the one form whose action ends in `action`, as a browser sends it when nothing is touched."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}
        self._action, self._is_inside, self._select = action, False, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        name, value = told.get("name") or "", told.get("value")
        if tag == "form":
            self._is_inside = (told.get("action") or "").partition("?")[0].endswith(self._action)
        elif tag == "select":
            self._select = name
        elif self._is_inside and tag == "option" and (self._select not in self.sent or "selected" in told):
            self.sent[self._select] = value or ""
        elif self._is_inside and tag == "input" and name and self._is_sent(told):
            self.sent[name] = value or ("on" if told.get("type") == "checkbox" else "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False

    @staticmethod
    def _is_sent(told: dict[str, str | None]) -> bool:
        return told.get("type") not in ("checkbox", "radio") or "checked" in told


def sent_by(answer: HttpResponse, action: str) -> dict[str, str]:
    """The form of this page, left alone."""
    form = Form(action)
    form.feed(answer.content.decode())
    return form.sent
