"""Throw damaged bytes at the codec and the dictionary.

    python -m tests.fix.fuzz_codec --seconds 600 [--seed 1]

Every input lies between two pages that must not be touched, so a read outside the buffer kills the
process; the parent then prints the input that did it. One JSON line: counts, findings, crashes.
"""

import argparse
import contextlib
import ctypes
import json
import mmap
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from internaliser.fix import codec
from internaliser.fix.dictionary import Checker, Dictionary

DICTIONARY = Path(__file__).parents[2] / "fix_specs" / "FIX44.xml"
LIMIT = 4096
REASONS = {-2, -1, 0, 1, 2, 4, 5, 6, 11, 13, 14, 15, 16, 17}
HEADER = "34=7|49=CLIENT|52=20240301-12:34:56.789|56=NODE"
TEXTS = (
    f"35=D|{HEADER}|11=A1|55=BTC/USD|54=1|60=20240301-12:34:56|38=1.5|40=2|44=65000.5|59=0",
    f"35=D|{HEADER}|43=Y|97=N|122=20240301-12:34:55|11=A2|453=2|448=X|447=D|452=1|802=1|523=s|803=2|"
    "448=Y|447=D|452=3|55=ETH/USD|54=2|60=20240301-12:34:56.123456|38=2|40=1|386=2|336=A|336=B",
    f"35=G|{HEADER}|41=A1|11=A3|55=BTC/USD|54=1|60=20240301-12:34:56|38=2|40=2|44=65000|18=1 G",
    f"35=F|{HEADER}|41=A3|11=A4|55=BTC/USD|54=1|60=20240301-12:34:56.000000001",
    f"35=A|{HEADER}|98=0|108=30|95=9|96=a^b|10=00^|141=Y|553=me|554=secret",
    f"35=0|{HEADER}|112=ping",
    f"35=4|{HEADER}|123=Y|36=12",
    f"35=3|{HEADER}|45=3|58=why|354=3|355=a^b|371=55|372=D|373=5",
    f"35=X|{HEADER}|262=r|268=2|279=0|269=0|278=1|55=BTC/USD|270=65000|271=1|279=2|269=1|278=2",
    f"35=*|{HEADER}|999=x|5001=y",
)


def seeds() -> list[bytes]:
    """Good messages of many kinds; "^" stands for a SOH inside a data field."""
    return [
        codec.encode(
            "FIX.4.4",
            [(tag, value.replace(b"^", b"\x01")) for tag, value in codec.from_text(text)],
        )
        for text in TEXTS
    ]


class Fence:
    """Memory with an untouchable page on either side."""

    def __init__(self, pages: int = 16) -> None:
        size = (pages + 2) * mmap.PAGESIZE
        self.memory = mmap.mmap(-1, size)
        self.start = mmap.PAGESIZE
        self.end = size - mmap.PAGESIZE
        address = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        protect = ctypes.CDLL(None, use_errno=True).mprotect
        for page in (address, address + self.end):
            if protect(ctypes.c_void_p(page), ctypes.c_size_t(mmap.PAGESIZE), 0) != 0:
                raise OSError(ctypes.get_errno(), "mprotect")

    def at_end(self, data: bytes) -> memoryview:
        """`data`, its last byte before the fence."""
        self.memory[self.end - len(data) : self.end] = data
        return memoryview(self.memory)[self.end - len(data) : self.end]

    def at_start(self, data: bytes) -> memoryview:
        """`data`, its first byte behind the fence."""
        self.memory[self.start : self.start + len(data)] = data
        return memoryview(self.memory)[self.start : self.start + len(data)]


def reframed(data: bytes) -> bytes:
    """The same body under a right BodyLength and CheckSum."""
    parts = data.split(b"\x01", 2)
    body = parts[2] if len(parts) == 3 else b"35=0\x01"
    cut = body.rfind(b"10=")
    body = body[:cut] if cut > 0 else body
    body = body if body.endswith(b"\x01") else body + b"\x01"
    head = b"8=FIX.4.4\x019=%d\x01" % len(body) + body
    return head + b"10=%03d\x01" % (sum(head) % 256)


def mutated(chance: random.Random, data: bytes) -> bytes:
    """One change: a bit, a byte, a piece cut out, doubled, moved, replaced."""
    changed = bytearray(data)
    at = chance.randrange(len(changed) + 1)
    width = chance.choice((1, 1, 2, 3, 8, 40))
    kind = chance.randrange(8)
    if kind == 0 and at < len(changed):
        changed[at] ^= 1 << chance.randrange(8)
    elif kind == 1 and at < len(changed):
        changed[at] = chance.choice(b"\x01=0189-+.:AYN \x00\xff")
    elif kind == 2:
        del changed[at : at + width]
    elif kind == 3:
        changed[at:at] = changed[at : at + width]
    elif kind == 4:
        del changed[at:]
    elif kind == 5:
        changed[at:at] = bytes(chance.randrange(256) for _ in range(width))
    elif kind == 6:
        fields = data.split(b"\x01")
        fields.insert(chance.randrange(len(fields)), fields.pop(chance.randrange(len(fields))))
        if chance.random() < 0.5:
            fields.insert(chance.randrange(len(fields)), chance.choice(fields))
        changed = bytearray(b"\x01".join(fields))
    else:
        number = chance.choice((b"-1", b"0", b"00", b"999999999", b"4294967296", b"9" * 30, b""))
        fields = data.split(b"\x01")
        index = chance.randrange(len(fields))
        fields[index] = fields[index].split(b"=")[0] + b"=" + number
        changed = bytearray(b"\x01".join(fields))
    return bytes(changed)


def stream(chance: random.Random, good: list[bytes]) -> bytes:
    """A few messages, some damaged, some of those framed anew so that the damage lies deeper."""
    pieces = []
    for _ in range(chance.randrange(1, 4)):
        piece = chance.choice(good)
        for _ in range(chance.choice((0, 0, 1, 1, 2, 5))):
            piece = mutated(chance, piece)
        pieces.append(reframed(piece) if chance.random() < 0.5 else piece)
    return b"".join(pieces)[: 8 * mmap.PAGESIZE]


def in_chunks(chance: random.Random, data: bytes) -> list[bytes]:
    """What a reader finds that gets the stream in pieces."""
    found: list[bytes] = []
    held = b""
    at = 0
    while at < len(data):
        step = chance.choice((1, 2, 7, 100))
        held += data[at : at + step]
        at += step
        result = codec.split(held, LIMIT)
        found += result.messages
        if result.is_oversize:
            break
        held = held[result.used :]
    return found


def habit_finding(dictionary: Dictionary, usual: bytes, message: memoryview) -> str:
    """What knowing `usual`, a good message, changes about reading `message`; "" if nothing."""
    checker = Checker(dictionary)
    checker.verdict(usual)
    if checker.fields(message) != codec.split_fields(message):
        return "a habit changes the fields"
    if checker.header(message) != codec.read_header(message):
        return "a habit changes the header"
    if checker.verdict(message) != dictionary.verdict(message):
        return "a habit changes the verdict"
    return ""


def finding(
    chance: random.Random, fence: Fence, dictionary: Dictionary, data: bytes, usual: bytes
) -> str:
    """What is wrong with how the codec took `data`; "" if nothing."""
    result = codec.split(fence.at_end(data), LIMIT)
    if result != codec.split(fence.at_start(data), LIMIT):
        return "depends on where the bytes lie"
    if result.used > len(data):
        return "used more than there is"
    if in_chunks(chance, data) != result.messages:
        return "depends on how the bytes arrive"
    for message in result.messages:
        head, _, rest = message.partition(b"\x0135=")
        declared = int(head.rpartition(b"9=")[2])
        if declared != len(rest) + 3 - 7 or sum(message[:-7]) % 256 != int(message[-4:-1]):
            return "accepted a wrong length or checksum"
        fields = codec.split_fields(fence.at_end(message))
        again = b"".join(b"%d=%b\x01" % field for field in fields)
        if all(tag >= 0 for tag, _ in fields) and again != message:
            return "fields do not add up to the message"
        codec.read_header(fence.at_end(message))
        if dictionary.verdict(fence.at_end(message)).reason not in REASONS:
            return "unknown verdict"
        fault = habit_finding(dictionary, usual, fence.at_end(message)) or habit_finding(
            dictionary, usual, fence.at_start(message)
        )
        if fault:
            return fault
        for _, value in fields:
            read_values(value)
    with contextlib.suppress(ValueError):
        codec.split_fields(fence.at_end(data))
    return ""


def read_values(value: bytes) -> None:
    for read in (codec.parse_int, codec.parse_time, lambda text: codec.parse_decimal(text, 8)):
        with contextlib.suppress(ValueError):
            read(value)


def run(seconds: float, seed: int, last: mmap.mmap | None = None) -> dict[str, object]:
    """Fuzz for a while; `last` receives each input before it is used."""
    chance = random.Random(seed)
    fence = Fence()
    dictionary = Dictionary(DICTIONARY)
    good = seeds()
    counts: Counter[str] = Counter()
    findings: list[str] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until and len(findings) < 10:
        data = stream(chance, good)
        if last is not None:
            last[: len(data) + 4] = len(data).to_bytes(4, "little") + data
        fault = finding(chance, fence, dictionary, data, chance.choice(good))
        counts["inputs"] += 1
        counts["bytes"] += len(data)
        counts["messages"] += len(codec.split(data, LIMIT).messages)
        if fault:
            findings.append(f"{fault}: {data!r}")
    return {**counts, "seed": seed, "findings": findings}


def main() -> int:
    parser = argparse.ArgumentParser(description="Fuzz the codec and the dictionary.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        with open(options.child, "r+b") as file, mmap.mmap(file.fileno(), 0) as last:
            print(json.dumps(run(options.seconds, options.seed, last)))
        return 0
    with tempfile.NamedTemporaryFile() as file:
        file.write(bytes(1 << 20))
        file.flush()
        command = [sys.executable, "-X", "faulthandler", "-m", "tests.fix.fuzz_codec"]
        command += ["--seconds", str(options.seconds), "--seed", str(options.seed)]
        child = subprocess.run(
            [*command, "--child", file.name], capture_output=True, text=True, check=False
        )
        file.seek(0)
        input_size = int.from_bytes(file.read(4), "little")
        last_input = file.read(input_size)
    if child.returncode != 0:
        crash = {"crashes": 1, "exit": child.returncode, "input": last_input.hex()}
        print(json.dumps(crash), child.stderr, sep="\n")
        return 1
    report = {**json.loads(child.stdout), "crashes": 0}
    print(json.dumps(report))
    return 1 if report["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
