from typing import Any

BODY_MAX: int
LAST: int
IF_PRESENT: int
VERDICT: int
PASSED: int
WRONG: int

class Enquiries:
    room: int
    share: int
    def __init__(self, session_count: int, open_max: int, message_max: int) -> None: ...
    @property
    def session_count(self) -> int: ...
    @property
    def open_max(self) -> int: ...
    @property
    def message_max(self) -> int: ...
    @property
    def taken(self) -> int: ...
    @property
    def refused(self) -> int: ...
    def put(self, record: bytes) -> None: ...
    def take(self) -> list[bytes]: ...
    def open_count(self, session: int) -> int: ...

def enquiry_fields(record: bytes) -> dict[str, Any]: ...
def answer_record(
    session: int,
    msg_type: str,
    body: bytes,
    *,
    msg_seq_num: int = 0,
    generation: int = 0,
    flags: int = 0,
) -> bytes: ...
