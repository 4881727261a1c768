"""What a payment service makes or completes moves money, by what it is made of; to list it reads."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
import stripe
import shop_sdk
from fastmcp import FastMCP

mcp = FastMCP("shop")
stripe.api_key = os.environ["STRIPE_KEY"]
client = stripe.StripeClient(os.environ["STRIPE_KEY"])
shop = shop_sdk.Client(os.environ["SHOP_KEY"])

@mcp.tool
async def act(number: str) -> str:
    return str(CALL)

mcp.run(transport="http")
"""
CALLS = {
    "stripe.Refund.create(charge=number)": "money",
    "stripe.PaymentIntent.capture(number)": "money",
    "await stripe.Payout.create_async(amount=1)": "money",
    "stripe.Transfer.create(amount=1, destination=number)": "money",
    "client.v1.refunds.create(params={'charge': number})": "money",
    "shop.payments.refunds.create(number)": "money",
    "stripe.Customer.create(email=number)": "write",
    "shop.transfers.create(number)": "write",
    "shop.wallet.deposit(amount=number)": "write",
    "shop.rewards.claim(number)": "write",
    "shop.wallet.redeem_voucher(number)": "write",
    "shop.wallet.deposit_history()": "read-public",
    "stripe.Refund.list(charge=number)": "read-private",
}


@pytest.mark.parametrize(("call", "capability"), CALLS.items())
def test_a_call_moves_money_by_what_it_makes(call: str, capability: str) -> None:
    (row,) = analyze(tree_of({"server.py": SERVER.replace("CALL", call)})).tools

    assert row.capabilities == (capability,)
