"""Messages as a broken engine, a broken line or an enemy would send them, by seed.

    mutations = Mutations(Random(7), b"CLIENT2")
    mutations.next(number, now_ns)      # bytes of one message, hurt once or more

Half of them get a right BodyLength and CheckSum again, so that the damage reaches the deeper rules.
"""

from collections.abc import Callable
from random import Random

from tests.node.fix import SOH, Fields, encode, time_text

BASES: list[tuple[bytes, Fields]] = [
    (b"D", [(b"11", b"m"), (b"55", b"TEST1"), (b"54", b"1"), (b"60", b"T"), (b"38", b"5"),
            (b"40", b"2"), (b"44", b"1.00"), (b"59", b"3")]),
    (b"G", [(b"11", b"m"), (b"41", b"m0"), (b"55", b"TEST1"), (b"54", b"1"), (b"60", b"T"),
            (b"38", b"5"), (b"40", b"2"), (b"44", b"1.00")]),
    (b"F", [(b"11", b"m"), (b"41", b"m0"), (b"55", b"TEST1"), (b"54", b"1"), (b"60", b"T"),
            (b"38", b"5")]),
    (b"H", [(b"11", b"m0"), (b"55", b"TEST1"), (b"54", b"1")]),
    (b"0", []),
    (b"1", [(b"112", b"hello")]),
    (b"2", [(b"7", b"1"), (b"16", b"0")]),
    (b"3", [(b"45", b"1")]),
    (b"4", [(b"123", b"Y"), (b"36", b"9")]),
    (b"4", [(b"36", b"9")]),
    (b"5", [(b"58", b"bye")]),
    (b"A", [(b"98", b"0"), (b"108", b"30"), (b"789", b"1")]),
    (b"q", [(b"11", b"m"), (b"530", b"7"), (b"60", b"T")]),
    (b"AF", [(b"584", b"m"), (b"585", b"7")]),
    (b"V", [(b"262", b"m"), (b"263", b"1"), (b"264", b"1"), (b"267", b"1"), (b"269", b"0"),
            (b"146", b"1"), (b"55", b"TEST1")]),
    (b"j", [(b"45", b"1"), (b"372", b"8"), (b"380", b"0")]),
]  # fmt: skip
# What a field is made of instead of its value.
VALUES = [b"", b"-1", b"0", b"9" * 30, b"Y", b"\xff\xfe", b"1e9", b"x" * 5000, b"2147483648", b" "]

TAGS = b"43 97 122 123 141 369 453 95 96 0 -5 99999999999 9999 10 9".split()


class Mutations:
    """One sender's stream of hurt messages."""

    def __init__(self, random: Random, sender: bytes) -> None:
        self.random = random
        self.sender = sender
        self.count = 0
        self.kinds: list[Callable[[Fields], None]] = [
            self._drop, self._repeat, self._swap, self._change, self._change, self._insert,
        ]  # fmt: skip

    def next(self, number: int, now_ns: int) -> bytes:
        """One message that has `number`, unless that is what is hurt."""
        self.count += 1
        fields = self.whole(number, now_ns)
        if self.random.random() < 0.6:
            for _ in range(self.random.choice((1, 1, 1, 2, 4))):
                self.random.choice(self.kinds)(fields)
            data = encode(fields)
            if self.random.random() < 0.8:
                return data
        else:
            data = encode(fields)
        return self._bytes_hurt(data)

    def whole(self, number: int, now_ns: int) -> Fields:
        """A good message of a kind by chance."""
        kind, body = self.random.choice(BASES)
        time = time_text(now_ns)
        own = b"%s-%d" % (self.sender, self.count)
        said = [(tag, {b"T": time, b"m": own}.get(value, value)) for tag, value in body]
        head = [(b"35", kind), (b"49", self.sender), (b"56", b"NODE"), (b"34", b"%d" % number)]
        return [*head, (b"52", time), *said]

    def _place(self, fields: Fields) -> int:
        return self.random.randrange(len(fields)) if fields else 0

    def _drop(self, fields: Fields) -> None:
        if fields:
            del fields[self._place(fields)]

    def _repeat(self, fields: Fields) -> None:
        if fields:
            fields.insert(self._place(fields), fields[self._place(fields)])

    def _swap(self, fields: Fields) -> None:
        if fields:
            one, other = self._place(fields), self._place(fields)
            fields[one], fields[other] = fields[other], fields[one]

    def _change(self, fields: Fields) -> None:
        if fields:
            at = self._place(fields)
            fields[at] = (fields[at][0], self.random.choice(VALUES))

    def _insert(self, fields: Fields) -> None:
        tag = self.random.choice(TAGS)
        fields.insert(self._place(fields), (tag, self.random.choice(VALUES)))

    def _bytes_hurt(self, data: bytes) -> bytes:
        raw = bytearray(data)
        at = self.random.randrange(len(raw))
        how = self.random.randrange(5)
        if how == 0:
            raw[at] ^= 1 << self.random.randrange(8)
        elif how == 1:
            del raw[at : at + self.random.randint(1, 9)]
        elif how == 2:
            raw[at:at] = bytes(self.random.randrange(256) for _ in range(self.random.randint(1, 9)))
        elif how == 3:
            del raw[at:]
        else:
            length = raw.find(SOH + b"9=") + 3
            raw[length : raw.find(SOH, length)] = self.random.choice(
                (b"0", b"-1", b"5", b"7777", b"x", b"99999999999999999999")
            )
        return bytes(raw)
