"""FIX messages written by hand and shown to people: (tag, value) pairs, "35=D|55=BTC/USD", bytes.

Knows neither framing nor dictionaries; everything here is for tools and tests, never for the core.

    >>> to_text(encode("FIX.4.4", from_text("35=0|34=2")))
    '8=FIX.4.4|9=10|35=0|34=2|10=166|'
"""

from collections.abc import Iterable

Value = bytes | str | int


def value_bytes(value: Value) -> bytes:
    """The bytes of a field's value: str as latin-1, int as decimal digits."""
    if isinstance(value, bytes):
        return value
    return str(value).encode("latin-1")


def encode(
    begin_string: str, fields: Iterable[tuple[int, Value]], *, length_digits: int = 1
) -> bytes:
    """One message: 8 and 9 before the given (tag, value) pairs, 10 after them.

    The first pair must be MsgType(35). `length_digits` pads BodyLength(9) with zeros. ValueError
    for another first pair, and for a pair that is an 8, 9 or 10.
    """
    fields = list(fields)
    if not fields or fields[0][0] != 35:
        raise ValueError(f"MsgType(35) must be the first field, not {fields[:1]!r}")
    computed = sorted({tag for tag, _ in fields} & {8, 9, 10})
    if computed:
        raise ValueError(f"8, 9 and 10 are computed, not given: {computed}")
    body = b"".join(b"%d=%b\x01" % (tag, value_bytes(value)) for tag, value in fields)
    length = str(len(body)).zfill(length_digits).encode()
    message = b"8=%b\x019=%b\x01%b" % (begin_string.encode("latin-1"), length, body)
    return message + b"10=%03d\x01" % (sum(message) % 256)


def from_text(text: str, separator: str = "|") -> list[tuple[int, bytes]]:
    """Fields written by hand: "35=D|55=BTC/USD" as (tag, value) pairs; 8, 9, 10 are left out."""
    fields = []
    for part in text.removesuffix("\n").strip(separator).split(separator):
        tag, equals, value = part.partition("=")
        tag = tag.strip()
        if not equals or not tag.isdecimal():
            raise ValueError(f"expected tag=value, found {part!r} in {text!r}")
        if tag not in ("8", "9", "10"):
            fields.append((int(tag), value.encode("latin-1")))
    return fields


def to_text(data: bytes | bytearray | memoryview, separator: str = "|") -> str:
    """A message for people: SOH becomes `separator`."""
    return bytes(data).decode("latin-1").replace("\x01", separator)
