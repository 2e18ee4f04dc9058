"""An invoice: paid by bank or Kaspi transfer, confirmed by the service desk with the number of the receipt."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from users.models import UserPurchase
from users.payments.base import Detail, NextStep, Provider


class Invoice(Provider):
    code = "invoice"
    name = _("Invoice: bank or Kaspi transfer")

    def is_ready(self) -> bool:
        return bool(settings.PAYEE["name"] and (settings.PAYEE["iban"] or settings.PAYEE["kaspi"]))

    def next_step(self, purchase: UserPurchase) -> NextStep:
        payee = settings.PAYEE
        lines = [
            (_("Payee"), payee["name"]),
            (_("BIN or IIN"), payee["bin"]),
            (_("Account (IBAN)"), payee["iban"]),
            (_("Bank"), payee["bank"]),
            (_("BIC"), payee["bic"]),
            (_("Beneficiary code (KBE)"), payee["kbe"]),
            (_("Payment purpose code (KNP)"), payee["knp"]),
            (_("Kaspi transfer to"), payee["kaspi"]),
            (_("Amount, tenge"), str(purchase.amount)),
            (_("Purpose of payment"), str(_("Subscription, order %(number)s") % {"number": purchase.number})),
        ]
        return NextStep(details=tuple(Detail(name, value) for name, value in lines if value))
