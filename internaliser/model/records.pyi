from collections.abc import Mapping, Sequence
from typing import Any

class Record:
    fields: Mapping[str, Any]
    def __init__(self, fields: Mapping[str, Any]) -> None: ...
    def __getattr__(self, name: str) -> Any: ...
    def __getitem__(self, name: str) -> Any: ...

def split_records(data: bytes) -> list[bytes]: ...
def read_records(data: bytes) -> list[Record]: ...
def new_order(
    *,
    client: int,
    instrument: int | None,
    side: str,
    qty: int,
    price: int = 0,
    ord_type: str = "limit",
    tif: str = "day",
    cl_ord_id: str,
    session: int | None = 0,
    flags: int = 0,
    reason: int = 0,
    symbol: str = "",
    note: str = "",
    time_ns: int = 0,
) -> bytes: ...
def cancel_order(
    *,
    client: int,
    cl_ord_id: str,
    orig_cl_ord_id: str = "",
    order_id: int = 0,
    instrument: int | None = None,
    side: str | None = None,
    session: int | None = 0,
    flags: int = 0,
    reason: int = 0,
    time_ns: int = 0,
) -> bytes: ...
def replace_order(
    *,
    client: int,
    cl_ord_id: str,
    orig_cl_ord_id: str = "",
    order_id: int = 0,
    qty: int,
    price: int = 0,
    instrument: int | None = None,
    side: str | None = None,
    ord_type: str | None = None,
    tif: str | None = None,
    session: int | None = 0,
    flags: int = 0,
    reason: int = 0,
    time_ns: int = 0,
) -> bytes: ...
def order_status(
    *,
    client: int,
    cl_ord_id: str = "",
    order_id: int = 0,
    instrument: int | None = None,
    side: str | None = None,
    session: int | None = 0,
    reason: int = 0,
    time_ns: int = 0,
) -> bytes: ...
def venue_report(
    *,
    source: int,
    child_id: int,
    exec_type: str = "trade",
    ord_status: str = "new",
    last_qty: int = 0,
    last_px: int = 0,
    cum_qty: int = -1,
    is_final: bool = False,
    not_found: int = 0,
    fee: int = 0,
    fee_asset: int | None = None,
    notional: int = 0,
    exec_id: str = "",
    instrument: int | None = None,
    reason: int = 0,
    time_ns: int = 0,
) -> bytes: ...
def market_view(
    *,
    source: int,
    instrument: int,
    bids: Sequence[tuple[int, int]] = (),
    asks: Sequence[tuple[int, int]] = (),
    version: int = 0,
    is_fresh: bool = True,
    time_ns: int = 0,
) -> bytes: ...
def source_state(*, source: int, action: str, note: str = "", time_ns: int = 0) -> bytes: ...
def venue_balance(
    *,
    source: int,
    asset: int | None,
    free: int = 0,
    locked: int = 0,
    stated_ns: int = 0,
    note: str = "",
    time_ns: int = 0,
) -> bytes: ...
def mark(*, instrument: int, price: int = 0, time_ns: int = 0) -> bytes: ...
def timer(
    *,
    action: str,
    child_id: int = 0,
    source: int | None = None,
    session: int | None = None,
    time_ns: int = 0,
) -> bytes: ...
def mass_cancel(
    *,
    client: int,
    cl_ord_id: str,
    request_type: str = "7",
    instrument: int | None = None,
    side: str | None = None,
    session: int | None = 0,
    reason: int = 0,
    symbol: str = "",
    time_ns: int = 0,
) -> bytes: ...
def mass_status(
    *,
    client: int,
    request_id: str,
    request_type: str = "7",
    instrument: int | None = None,
    side: str | None = None,
    session: int | None = 0,
    reason: int = 0,
    symbol: str = "",
    time_ns: int = 0,
) -> bytes: ...
def dispute(
    *,
    client: int,
    order_id: int,
    exec_id: str,
    why: str = "Z",
    words: str = "",
    session: int | None = 0,
    time_ns: int = 0,
) -> bytes: ...
def link(
    *,
    action: str,
    session: int,
    client: int | None = None,
    cancels: str = "none",
    grace_ns: int = 0,
    reason: str = "disconnect",
    time_ns: int = 0,
) -> bytes: ...
def epoch(number: int = 0, *, time_ns: int = 0) -> bytes: ...
