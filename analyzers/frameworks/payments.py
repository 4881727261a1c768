"""Calls of payment services that move money: `stripe.Refund.create`, `client.payment_intents.capture`."""

from analyzers.frameworks.sinks import snake

LIBRARIES = frozenset(
    {
        *("stripe", "square", "mollie", "razorpay", "adyen", "Adyen", "braintree", "paypalrestsdk", "gocardless_pro"),
        *("dwollav2", "checkout_sdk", "wise", "plaid", "coinbase"),
    }
)
# What is made or completed of these moves money, whoever offers it; of the others only where a payment service does.
MOVES = frozenset({"refund", "payout", "charge", "payment_intent", "chargeback"})
PAYMENTS = frozenset({"payment", "transfer", "transfer_reversal", "topup", "transaction", "order", "invoice", "sale"})
VERBS = frozenset({"create", "capture", "confirm", "pay", "send", "submit", "execute", "refund", "transfer", "sale"})


def moves_money(name: str) -> bool:
    """Tell whether a dotted name is such a call."""
    owner, _, last = name.rpartition(".")
    noun = snake(owner.removesuffix("()").rpartition(".")[2]).removesuffix("s")
    if last.removesuffix("_async") not in VERBS:
        return False
    return noun in MOVES or (noun in PAYMENTS and owner.partition(".")[0] in LIBRARIES)
