"""Two clients and one instrument: configurations that the tests of several rooms stand on."""

from internaliser.config import parse
from internaliser.model.records import new_order

ALICE, BOB = 0, 1
TRADED = """
[[assets]]
name = "USD"
decimals = 4
[[assets]]
name = "BTC"
decimals = 8
[[instruments]]
symbol = "BTC/USD"
base = "BTC"
quote = "USD"
tick = 0.5
lot = 0.02
price_max = 100000
qty_max = 100
"""
FUNDED = parse(
    TRADED
    + """
[limits]
orders_max = 1000
closed_orders_max = 1000
levels_max = 1000
[[clients]]
name = "ALICE"
taker_fee_bp = 2
funding = { USD = 100000 }
[[clients]]
name = "BOB"
maker_fee_bp = -1
funding = { BTC = 10 }
""",
    "funded.toml",
)
# Filled in part: BOB's 10 lots at 200, of ALICE's 25 at 202.
TRADE = [
    new_order(
        client=BOB, instrument=0, side="sell", qty=10, price=200, cl_ord_id="b1", session=None
    ),
    new_order(
        client=ALICE, instrument=0, side="buy", qty=25, price=202, cl_ord_id="a1", session=None
    ),
]
BESIDE_A_VENUE = parse(
    TRADED
    + """
[[clients]]
name = "ALICE"
[[clients]]
name = "BOB"
[[venues]]
name = "MARKET"
host = "h"
port = 1
sender_comp_id = "US"
target_comp_id = "THEM"
instruments = { "BTC/USD" = { symbol = "BTC/USD" } }
""",
    "venue.toml",
)
