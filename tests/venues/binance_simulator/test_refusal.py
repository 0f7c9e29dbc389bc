from internaliser.venues.binance_simulator.refusal import (
    Refusal,
    cancel_rejected,
    filter_failure,
    missing,
    new_order_rejected,
)


def test_a_refusal_is_told_as_code_and_text() -> None:
    assert [one.body() for one in (
        filter_failure("LOT_SIZE"), missing("symbol"), new_order_rejected("No."),
        cancel_rejected("Unknown order sent."),
        Refusal(-2021, "Half.", 409, {"cancelResult": "SUCCESS"}),
    )] == [
        {"code": -1013, "msg": "Filter failure: LOT_SIZE"},
        {"code": -1102,
         "msg": "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."},
        {"code": -2010, "msg": "No."},
        {"code": -2011, "msg": "Unknown order sent."},
        {"code": -2021, "msg": "Half.", "data": {"cancelResult": "SUCCESS"}},
    ]  # fmt: skip


def test_a_request_that_makes_no_sense_is_a_bad_request() -> None:
    assert [missing("a").status, Refusal(-2021, "", 409).status] == [400, 409]
