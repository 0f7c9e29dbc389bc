"""Messages as clauses see them: what came, compared with conditions; what goes, as bytes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from internaliser.certify.names import Names, Unbound, only_name
from internaliser.certify.script import Condition
from internaliser.fix import codec

# Prices and quantities: 100 is 100.00.
DECIMAL_TAGS = frozenset((6, 12, 14, 31, 32, 38, 44, 99, 110, 111, 132, 133, 134, 135, 151, 152))
_LATE = re.compile(r"\{(length|checksum)([+-]\d+)?\}")


@dataclass(frozen=True, slots=True)
class Message:
    """One message that came. Its first fields are 8, 9, 35 and its last is 10, both right."""

    fields: tuple[tuple[int, str], ...]

    @classmethod
    def of(cls, raw: bytes) -> "Message":
        """From bytes that the codec framed."""
        pairs = codec.decode(raw)
        return cls(tuple((tag, value.decode("latin-1")) for tag, value in pairs))

    def get(self, tag: int) -> str | None:
        """The first value of `tag`; None when it is absent."""
        return next((value for number, value in self.fields if number == tag), None)

    @property
    def msg_type(self) -> str:
        return self.get(35) or ""

    @property
    def is_repeat(self) -> bool:
        return self.get(43) == "Y"

    def number(self, tag: int) -> int | None:
        """An integer value; None when it is absent or none."""
        value = self.get(tag)
        return int(value) if value is not None and value.isdecimal() else None

    def amount(self, tag: int) -> Decimal | None:
        """A decimal value; None when it is absent or none."""
        return _decimal(self.get(tag) or "")

    def __str__(self) -> str:
        return "|".join(f"{tag}={value}" for tag, value in self.fields)


def mismatch(
    message: Message,
    msg_type: str,
    conditions: Sequence[Condition],
    names: Names,
    numbers: Mapping[str, int],
) -> str:
    """What does not fit, in words; "" when all fits, and then new names are bound to what came."""
    if message.msg_type not in msg_type.split(" or "):
        return f"35={message.msg_type} where 35={msg_type} was expected"
    found: dict[str, str] = {}
    for condition in conditions:
        fault = _condition_fault(message, condition, names, numbers, found)
        if fault:
            return fault
    for name, value in found.items():
        names.bind(name, value)
    return ""


def _condition_fault(
    message: Message,
    condition: Condition,
    names: Names,
    numbers: Mapping[str, int],
    found: dict[str, str],
) -> str:
    value = message.get(condition.tag)
    if condition.operator == "absent":
        return f"{condition.tag}={value} where none was expected" if value is not None else ""
    if value is None:
        return f"{condition.tag} is missing, expected {condition}"
    if condition.operator == "present":
        return ""
    if condition.operator == "=" and len(condition.values) == 1:
        name = only_name(condition.values[0])
        try:
            names.expected(condition.values[0], numbers)
        except Unbound:
            if name is None:
                raise
            if found.setdefault(name, value) != value:
                return f"{condition.tag}={value} where {found[name]} was expected"
            return ""
    wanted = [names.expected(template, numbers) for template in condition.values]
    if condition.operator == "~":
        return "" if any(word in value for word in wanted) else f"{value!r} without {wanted}"
    fits = any(_is_same(condition.tag, value, word) for word in wanted)
    if fits == (condition.operator == "="):
        return ""
    contrary = "was expected" if condition.operator == "=" else "must not be"
    return f"{condition.tag}={value} where {' or '.join(wanted)} {contrary}"


def _is_same(tag: int, value: str, wanted: str) -> bool:
    if value == wanted:
        return True
    if tag not in DECIMAL_TAGS:
        return False
    number = _decimal(value)
    return number is not None and number == _decimal(wanted)


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def encode(parts: Sequence[str]) -> bytes:
    """ "tag=value" parts as bytes, in this order. {length} and {checksum} are computed over what
    stands between 9 and 10, and before 10; a shift makes them wrong on purpose."""
    body = [part for part in parts if not part.startswith(("8=", "9=", "10="))]
    length = sum(len(part.encode("latin-1")) + 1 for part in body)
    data = b""
    for part in parts:
        late = {"length": length, "checksum": sum(data)}
        data += _with_late(part, late).encode("latin-1") + b"\x01"
    return data


def _with_late(part: str, late: Mapping[str, int]) -> str:
    """The part with what is only known now."""

    def fill(match: re.Match[str]) -> str:
        number = late[match[1]] + int(match[2] or 0)
        return f"{number % 256:03d}" if match[1] == "checksum" else str(number)

    return _LATE.sub(fill, part)


def text_of(data: bytes) -> str:
    """Bytes for people: | for SOH."""
    return codec.to_text(data).removesuffix("|")
