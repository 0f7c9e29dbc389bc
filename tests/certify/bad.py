"""The node with one fault: what it says is changed, or lost, on its way to us."""

from collections.abc import Callable
from dataclasses import dataclass

from internaliser.certify.message import Message, encode
from internaliser.certify.wire import Connector, Wire
from internaliser.fix import codec

Parts = list[str]
Fault = Callable[[Parts], Parts | None]  # None = the message is lost


def _kind(parts: Parts) -> str:
    return next(part for part in parts if part.startswith("35="))[3:]


def _without(parts: Parts, tag: int) -> Parts:
    return [part for part in parts if not part.startswith(f"{tag}=")]


def _changed(parts: Parts, old: str, new: str) -> Parts:
    return [new if part == old else part for part in parts]


def answers_no_test_request(parts: Parts) -> Parts | None:
    return None if _kind(parts) == "0" else parts


def asks_for_no_resend(parts: Parts) -> Parts | None:
    return None if _kind(parts) == "2" else parts


def rejects_nothing(parts: Parts) -> Parts | None:
    return None if _kind(parts) == "3" else parts


def forgets_the_reason(parts: Parts) -> Parts | None:
    return _without(parts, 373)


def marks_no_repeat(parts: Parts) -> Parts | None:
    return _without(parts, 43)


def forgets_the_original_time(parts: Parts) -> Parts | None:
    return _without(parts, 122)


def gives_one_exec_id(parts: Parts) -> Parts | None:
    return ["17=always" if part.startswith("17=") else part for part in parts]


def accepts_duplicates(parts: Parts) -> Parts | None:
    return _changed(_changed(parts, "150=8", "150=0"), "103=6", "58=fine")


def counts_nothing(parts: Parts) -> Parts | None:
    return ["14=0" if part.startswith("14=") else part for part in parts]


def loses_cancels(parts: Parts) -> Parts | None:
    return None if "150=4" in parts else parts


def says_expired(parts: Parts) -> Parts | None:
    return _changed(_changed(parts, "150=4", "150=C"), "39=4", "39=C")


def logs_on_without_words(parts: Parts) -> Parts | None:
    return _without(_without(parts, 98), 108) if _kind(parts) == "A" else parts


def addresses_somebody_else(parts: Parts) -> Parts | None:
    return ["56=SOMEBODY" if part.startswith("56=") else part for part in parts]


# Which clause must notice.
FAULTS: dict[Fault, str] = {
    answers_no_test_request: "session/31_test_request",
    asks_for_no_resend: "session/40_number_too_high",
    rejects_nothing: "session/80_required_tag_missing",
    forgets_the_reason: "session/81_unknown_tag",
    marks_no_repeat: "orders/15_reports_are_resent",
    forgets_the_original_time: "orders/15_reports_are_resent",
    gives_one_exec_id: "orders/10_new_two_orders",
    accepts_duplicates: "orders/13_duplicate_cl_ord_id",
    counts_nothing: "orders/50_full_fill",
    loses_cancels: "orders/20_cancel",
    says_expired: "orders/20_cancel",
    logs_on_without_words: "session/10_logon",
    addresses_somebody_else: "session/10_logon",
}


@dataclass(slots=True)
class _BadWire:
    wire: Wire
    fault: Fault
    unread: bytes = b""

    def read(self, timeout_s: float) -> bytes | None:
        data = self.wire.read(timeout_s)
        if not data:
            return data
        result = codec.split(self.unread + data)
        self.unread = (self.unread + data)[result.used :]
        said = b"".join(self._said(Message.of(raw)) for raw in result.messages)
        return said or None

    def _said(self, message: Message) -> bytes:
        parts = self.fault([f"{tag}={value}" for tag, value in message.fields])
        if parts is None:
            return b""
        computed = {"9": "9={length}", "10": "10={checksum}"}
        return encode([computed.get(part.partition("=")[0], part) for part in parts])

    def write(self, data: bytes) -> None:
        self.wire.write(data)

    def close(self) -> None:
        self.wire.close()


@dataclass(slots=True)
class BadAcceptor:
    """A connector whose links have the fault."""

    connector: Connector
    fault: Fault

    def open(self) -> Wire:
        return _BadWire(self.connector.open(), self.fault)
