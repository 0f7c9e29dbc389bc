"""Rows as tables and as JSON lines."""

import io

from internaliser.tables import Row, print_rows

ROWS: list[Row] = [
    {"order_id": "1-1", "qty": "5", "price": "30000.5", "is_open": True, "text": None},
    {"order_id": "1-10", "qty": "-12.25", "price": None, "is_open": False, "text": "a\nb"},
]


def printed(rows: list[Row], is_json: bool = False) -> list[str]:
    out = io.StringIO()
    assert print_rows(iter(rows), is_json, out) == len(rows)
    return out.getvalue().splitlines()


def test_columns_are_aligned_and_numbers_stand_right() -> None:
    assert printed(ROWS) == [
        "ORDER_ID     QTY    PRICE  IS_OPEN  TEXT",
        "1-1            5  30000.5  yes      -",
        '1-10      -12.25        -  no       "a\\nb"',
    ]


def test_json_is_one_object_per_line() -> None:
    assert printed(ROWS, is_json=True) == [
        '{"order_id":"1-1","qty":"5","price":"30000.5","is_open":true,"text":null}',
        '{"order_id":"1-10","qty":"-12.25","price":null,"is_open":false,"text":"a\\nb"}',
    ]


def test_no_rows_print_nothing() -> None:
    assert printed([]) == []
    assert printed([], is_json=True) == []


def test_a_wide_row_after_the_sample_loses_nothing() -> None:
    rows: list[Row] = [{"id": n} for n in range(1000)] + [{"id": 10**20}]
    assert printed(rows)[-1] == str(10**20)
