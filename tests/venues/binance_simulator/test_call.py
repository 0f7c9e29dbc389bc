import pytest

from internaliser.venues.binance_simulator.call import Call
from internaliser.venues.binance_simulator.refusal import Refusal


def call(**params: str) -> Call:
    return Call("x", params, "main", 0)


def code(act: object, *args: object) -> int:
    with pytest.raises(Refusal) as caught:
        act(*args)  # type: ignore[operator]
    return caught.value.code


def test_whole_numbers_are_read_or_refused() -> None:
    assert [call(n="7").whole("n"), call().whole("n", 3)] == [7, 3]
    codes = [code(call(n=text).whole, "n") for text in ("", "-1", "1.0", "x", "٣", "9" * 19)]
    assert codes == [-1102, -1100, -1100, -1100, -1100, -1108]


def test_flags_fall_back_to_their_default() -> None:
    found = [call(f=text).flag("f", default=True) for text in ("true", "FALSE", "maybe")]
    assert found == [True, False, True]


def test_a_client_order_id_is_of_36_plain_characters() -> None:
    assert [call(c="a-_Z9").cl_ord_id("c"), call().cl_ord_id("c")] == ["a-_Z9", ""]
    assert [code(call(c=text).cl_ord_id, "c") for text in ("", "é", "a.b", "a" * 37)] == [
        -1105, -1100, -1100, -1100,
    ]  # fmt: skip
