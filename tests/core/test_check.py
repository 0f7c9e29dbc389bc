"""The check finds what is wrong: bytes of a state are changed one field at a time."""

import pytest

from internaliser.core.core import Core

from .scenario import play

ORDERS, ACCOUNTS = 29, 27  # tags of the slabs' items, regions.pyx
TEXT = """
        client A
        client B
        > A new a1 buy 6 @ 101
          A a1 accepted new 0/6
        > B new b1 sell 1 @ 101
          B b1 accepted new 0/1
          A a1 executed partially_filled 1/6 1@101 added
          B b1 executed filled 1/1 1@101 removed
"""


@pytest.mark.parametrize(
    ("tag", "offset", "what"),
    [
        (ORDERS, 24, "cum|left|quantity|worst"),     # qty
        (ORDERS, 32, "CumQty|quantity|worst"),       # cum_qty
        (ORDERS, 40, "away_qty"),
        (ORDERS, 48, "rests|book|quantity"),         # local_qty
        (ACCOUNTS, 16, "sum to"),                    # balance
        (ACCOUNTS, 32, "worst case"),                # reserved
    ],
)  # fmt: skip
def test_a_wrong_number_is_named(tag: int, offset: int, what: str) -> None:
    stretches = play(TEXT).core.snapshot()
    wrong = bytearray(stretches[tag])
    wrong[offset] ^= 0x40
    core = Core(1, orders_max=100, levels_max=100)
    core.load({**stretches, tag: bytes(wrong)})
    with pytest.raises(AssertionError, match=what):
        core.check()


def test_a_sound_state_passes() -> None:
    assert play(TEXT).core.check() is None  # type: ignore[func-returns-value]
