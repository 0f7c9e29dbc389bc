"""FIX by hand: what a client writes and reads. Shares nothing with the node's codec."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

SOH = b"\x01"
HEAD = re.compile(rb"8=(?:FIX\.4\.[24]|FIXT\.1\.1)\x019=(\d{1,9})\x01")
HEAD_MAX = 32  # bytes of the longest head
HEADER = frozenset((b"8", b"9", b"35", b"34", b"43", b"49", b"52", b"56", b"122"))

Fields = list[tuple[bytes, bytes]]


class Garbled(Exception):
    """The node wrote bytes that are no FIX message."""


def encode(fields: Iterable[tuple[bytes, bytes]], begin_string: bytes = b"FIX.4.4") -> bytes:
    """A whole message from its fields, MsgType(35) first; 8, 9 and 10 are added."""
    body = b"".join(tag + b"=" + value + SOH for tag, value in fields)
    text = b"8=" + begin_string + SOH + b"9=%d" % len(body) + SOH + body
    return text + b"10=%03d" % (sum(text) % 256) + SOH


def split(data: bytes) -> tuple[list[bytes], bytes]:
    """The whole messages at the head of `data`, and what is left. Raises Garbled."""
    messages = []
    at = 0
    while True:
        head = HEAD.match(data, at)
        if head is None:
            if len(data) - at >= HEAD_MAX or data.count(SOH, at) > 1:
                raise Garbled(repr(data[at : at + 40]))
            break
        end = head.end() + int(head[1]) + 7
        if len(data) < end:
            break
        message = data[at:end]
        if message[-7:-4] != b"10=" or int(message[-4:-1]) != sum(message[:-7]) % 256:
            raise Garbled(repr(message))
        messages.append(message)
        at = end
    return messages, data[at:]


def fields_of(message: bytes) -> Fields:
    """Tag and value of every field, CheckSum left out."""
    pairs = (part.split(b"=", 1) for part in message[:-1].split(SOH))
    return [(tag, value) for tag, value in pairs][:-1]


def body_of(fields: Fields) -> bytes:
    """The fields behind the header, as they were written."""
    return b"".join(tag + b"=" + value + SOH for tag, value in fields if tag not in HEADER)


def time_text(time_ns: int) -> bytes:
    """Nanoseconds since 1970 as UTCTimestamp with microseconds."""
    seconds, rest = divmod(time_ns, 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y%m%d-%H:%M:%S}.{rest // 1000:06}".encode()
