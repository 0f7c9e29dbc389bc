from typing import NamedTuple

from internaliser.fix.dictionary import Dictionary

class SessionEvent(NamedTuple):
    """`kind`: "application", "unsupported", "logged_on", "close" (after sending) or "close_now"."""

    kind: str
    msg_seq_num: int = 0
    msg_type: str = ""
    message: bytes = b""

class LogonIdentity(NamedTuple):
    """Of a Logon as received: `sender` is the peer, `target` is us."""

    begin_string: str
    sender: str
    target: str

class FixSession:
    def __new__(
        cls,
        role: str,
        begin_string: str,
        sender: str,
        target: str,
        *,
        dictionary: Dictionary | None = None,
        heart_bt_s: int = 30,
        reset_on_logon: bool = False,
        next_in: int = 1,
        next_out: int = 1,
        sent: dict[int, tuple[bytes, bytes, int, bool]] | None = None,
        logon_fields: bytes = b"",
        keeps_early: bool = False,
        timestamp_digits: int = 3,
        resend_chunk: int = 256,
        resend_pause_s: float = 0,
        message_limit: int = 65536,
        buffer_limit: int = 16777216,
        sending_time_window_s: float = 120,
        logon_timeout_s: float = 10,
        logout_timeout_s: float = 2,
        next_expected: str = "answered",
        tells_last: bool = False,
        test_session: str = "any",
        too_low: str = "logout",
        resend_ask_max: int = 0,
        gap_asks_max: int = 5,
        resend_repeats_max: int = 32,
        resend_output_max: int = 0,
        message_size_told: int = 0,
    ) -> FixSession: ...
    next_in: int
    next_out: int
    reset_on_logon: bool
    @property
    def sent(self) -> dict[int, tuple[bytes, bytes, int, bool]]: ...
    @property
    def garbled_count(self) -> int: ...
    @property
    def last_refusal(self) -> tuple[int, int] | None: ...
    @property
    def was_reset(self) -> bool: ...
    @property
    def is_dirty(self) -> bool: ...
    @property
    def deadline_ns(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def heart_bt_s(self) -> int: ...
    @property
    def is_resending(self) -> bool: ...
    @property
    def peer_size_max(self) -> int: ...
    def reset(self) -> None: ...
    def shut(self, reason: str) -> None: ...
    def connect(self, now_ns: int) -> None: ...
    def disconnect(self, now_ns: int) -> None: ...
    def receive_data(self, data: bytes, now_ns: int) -> list[SessionEvent]: ...
    def send(
        self, msg_type: str, body: bytes, now_ns: int, *, is_own_order: bool = False
    ) -> int: ...
    def data_to_send(self) -> bytes: ...
    def logout(self, now_ns: int, reason: str | None = None) -> None: ...
    def refusal(self, reason: str, now_ns: int) -> bytes: ...
    def on_time(self, now_ns: int) -> list[SessionEvent]: ...
    def clear_flags(self) -> None: ...

def choice(choices: dict[str, int], name: str, option: str) -> int: ...
def first_logon(data: bytes) -> tuple[int, LogonIdentity | None]: ...
def reject_text(reason: int) -> str: ...
