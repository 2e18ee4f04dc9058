"""The switch of a store, and which prices are to come back."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cabinet.fields import MomentField
from money.fields import WholeNumberField
from stores.models import Store
from stores.services.prices.targets import AsOf, BeforeList, Confirmed, Target, WithoutRule

MODES: Mapping[str, str | Promise] = {
    Store.Mode.WATCH: _("The rules look and say what they would do. They move nothing."),
    Store.Mode.ASK: _("Each price of a rule waits for your yes."),
    Store.Mode.AUTOMATIC: _("The rules move prices by themselves, within your limits."),
    Store.Mode.PAUSED: _("No price moves, and the last price list stays as it is."),
}


class ModeForm(forms.Form):
    """The switch of a store."""

    mode = forms.ChoiceField(choices=Store.Mode.choices)


class AlarmsForm(forms.Form):
    """The alarms that were on the page: up to the newest of them, by id."""

    newest = WholeNumberField(min_value=1)


class RestoreForm(forms.Form):
    """
    Which prices are to come back, exactly one of: those of a moment in Almaty's time, those from before a price list,
    those that a rule did not make, the last that a person confirmed.
    """

    moment = MomentField(label=_("Prices as of"))
    price_list_number = WholeNumberField(required=False, min_value=1)
    rule = WholeNumberField(required=False, min_value=1)
    confirmed = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        """One target, no more and no less."""
        if not self.errors and len(self.asked) != 1:
            self.add_error("moment", _("Choose what to go back to."))
        return self.cleaned_data

    @property
    def asked(self) -> dict[str, Any]:
        """What was filled in, by field."""
        return {name: value for name, value in self.cleaned_data.items() if value}

    def target(self) -> Target:
        """What was asked for."""
        [(name, value)] = self.asked.items()
        targets: Mapping[str, Callable[[], Target]] = {
            "moment": lambda: AsOf(value),
            "price_list_number": lambda: BeforeList(value),
            "rule": lambda: WithoutRule(value),
            "confirmed": Confirmed,
        }
        return targets[name]()
