from typing import NamedTuple

from internaliser.fix.text import encode as encode
from internaliser.fix.text import from_text as from_text
from internaliser.fix.text import to_text as to_text
from internaliser.fix.values import Body as Body
from internaliser.fix.values import format_decimal as format_decimal
from internaliser.fix.values import format_time as format_time
from internaliser.fix.values import parse_decimal as parse_decimal
from internaliser.fix.values import parse_int as parse_int
from internaliser.fix.values import parse_time as parse_time

_Data = bytes | bytearray | memoryview

class Split(NamedTuple):
    messages: list[bytes]
    used: int
    garbled: int
    is_oversize: bool

class Header(NamedTuple):
    msg_type: str
    msg_seq_num: int
    sending_time_ns: int
    poss_dup: bool
    poss_resend: bool
    body_first: int

class Parsed:
    def __init__(self, data: _Data) -> None: ...

def split(data: _Data, limit: int = 65536) -> Split: ...
def decode(data: _Data) -> list[tuple[int, bytes]]: ...
def split_fields(data: _Data) -> list[tuple[int, bytes]]: ...
def read_header(data: _Data) -> Header: ...
def fault_of(data: _Data) -> str: ...
def checksum(data: _Data) -> int: ...
