from internaliser.venues.binance_simulator.distortion import distorted
from internaliser.venues.binance_simulator.misbehaviour import Kind

ORDER = {"status": "NEW", "price": "1.50", "fills": [{"qty": "2.0"}], "orderId": 7}


def test_one_element_of_a_list_has_an_unknown_word() -> None:
    found = distorted(Kind.UNKNOWN_ENUM, [ORDER, ORDER])
    assert [one["status"] for one in found] == ["SOMETHING_NEW", "NEW"]
    info = {"symbols": [{"filters": [{"filterType": "LOT_SIZE"}, {"filterType": "NOTIONAL"}]}]}
    found = distorted(Kind.UNKNOWN_ENUM, info)
    assert [one["filterType"] for one in found["symbols"][0]["filters"]] == [
        "SOMETHING_NEW", "NOTIONAL",
    ]  # fmt: skip
    assert distorted(Kind.UNKNOWN_ENUM, {"serverTime": 1}) == {"serverTime": 1}


def test_every_object_has_fields_nobody_knows() -> None:
    found = distorted(Kind.EXTRA_FIELDS, [ORDER])[0]
    assert found.keys() - ORDER.keys() == {"aNewField", "anotherNewField"}
    assert "aNewField" in found["fills"][0]


def test_every_amount_has_more_decimals_and_the_same_value() -> None:
    assert distorted(Kind.MANY_DECIMALS, [ORDER]) == [{
        "status": "NEW", "price": "1.500000000000", "fills": [{"qty": "2.00000000000"}],
        "orderId": 7,
    }]  # fmt: skip


def test_other_kinds_leave_the_form_alone() -> None:
    assert distorted(Kind.BUSY, ORDER) is ORDER
