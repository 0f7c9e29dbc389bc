"""A question of a client, as the core handed it over, and the bodies that answer it.

    question = Question.read(record, client=0, client_name="ALICE", begin_string="FIX.4.4")
    question.text(320)                                  # SecurityReqID, None without one
    body((320, "r1"), (58, None), (393, 2))             # b"320=r1|393=2|" with SOH

Pure: no clock, no socket. A value comes from a checked message and so never holds a separator.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from internaliser.fix import codec

FIX42, FIX44, FIX50 = "FIX.4.2", "FIX.4.4", "FIXT.1.1"
# BusinessRejectReason(380)
OTHER, UNKNOWN_ID, UNKNOWN_SECURITY, UNSUPPORTED, NOT_AVAILABLE, MISSING = 0, 1, 2, 3, 4, 5
FIELD_MAX = 128  # bytes of a value: many are repeated in the answer
LONG_TAGS = frozenset((58, 96, 355))  # free text and data, which are not
ID_TAGS = (11, 320, 324, 335, 568, 571, 710, 923, 1346, 262)  # what a message calls itself
TEXT_MAX = 240

Value = str | int | bytes | None
Pair = tuple[int, Value]


@dataclass(frozen=True, slots=True)
class Out:
    """One message for the asking client. `is_kept`: delivered by resend if the client has left.
    `is_wrong`: it was a wrong password, which counts against the address it came from."""

    msg_type: str
    body: bytes
    is_kept: bool = True
    is_wrong: bool = False


WAITING = Out("", b"")  # the answer is being made elsewhere: ask again a little later


@dataclass(frozen=True, slots=True)
class Question:
    """One message and who sent it. `generation` names the connection it came by."""

    session: int
    client: int
    client_name: str
    begin_string: str
    msg_type: str
    msg_seq_num: int = 0
    generation: int = 0
    batch_no: int = 0
    time_ns: int = 0
    fields: tuple[tuple[int, bytes], ...] = ()

    @classmethod
    def read(
        cls, asked: dict[str, Any], client: int, client_name: str, begin_string: str
    ) -> "Question":
        """From `gateway.enquiries.enquiry_fields` of a record and what is known of its session."""
        return cls(
            session=asked["session"],
            client=client,
            client_name=client_name,
            begin_string=begin_string,
            msg_type=asked["msg_type"],
            msg_seq_num=asked["msg_seq_num"],
            generation=asked["generation"],
            batch_no=asked["batch_no"],
            time_ns=asked["time_ns"],
            fields=tuple(codec.split_fields(asked["raw"])),
        )

    def text(self, tag: int) -> str | None:
        """The first value of a tag."""
        for found, value in self.fields:
            if found == tag:
                return value.decode("latin-1")
        return None

    def texts(self, tag: int) -> list[str]:
        """Every value of a tag, as those of a group."""
        return [value.decode("latin-1") for found, value in self.fields if found == tag]

    @property
    def id(self) -> str | None:
        """What the message calls itself."""
        return next((text for tag in ID_TAGS if (text := self.text(tag)) is not None), None)

    @property
    def overlong_tag(self) -> int | None:
        """The first tag whose value is longer than a value may be; None: all are good."""
        for tag, value in self.fields:
            if len(value) > FIELD_MAX and tag not in LONG_TAGS:
                return tag
        return None

    @property
    def is_fix50(self) -> bool:
        """FIX 5.0SP2 over FIXT.1.1."""
        return self.begin_string == FIX50


def body(*pairs: Pair) -> bytes:
    """The fields between header and trailer; a value of None is left out."""
    return b"".join(_field(tag, value) for tag, value in pairs if value is not None)


def _field(tag: int, value: str | int | bytes) -> bytes:
    data = value if isinstance(value, bytes) else str(value).encode("latin-1", "replace")
    return b"%d=%b\x01" % (tag, data)


def reject(question: Question, reason: int, text: str) -> Out:
    """A BusinessMessageReject(j) of the question."""
    return Out(
        "j",
        body(
            (45, question.msg_seq_num),
            (372, question.msg_type),
            (379, question.id[:FIELD_MAX] if question.id else None),
            (380, reason),
            (58, text[:TEXT_MAX]),
        ),
    )


def time_text(time_ns: int) -> str:
    """UTCTimestamp in microseconds."""
    return codec.format_time(time_ns, 6)


def date_text(time_ns: int) -> str:
    """UTC date, YYYYMMDD."""
    return codec.format_time(time_ns, 3)[:8]


def chunks(parts: Iterable[bytes], bytes_max: int, count_max: int) -> Iterator[list[bytes]]:
    """Parts of a list in order, as many at a time as one message takes; at least one chunk."""
    chunk: list[bytes] = []
    size = 0
    for part in parts:
        if chunk and (size + len(part) > bytes_max or len(chunk) == count_max):
            yield chunk
            chunk, size = [], 0
        chunk.append(part)
        size += len(part)
    yield chunk
