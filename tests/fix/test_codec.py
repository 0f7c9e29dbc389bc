import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import simplefix
from hypothesis import example, given, settings
from hypothesis import strategies as st

from internaliser.fix import codec
from tests.fix import fuzz_codec

DEEP = os.environ.get("INTERNALISER_DEEP") == "1"
ROOT = Path(__file__).parents[2]
SHARED = next((p for p in (ROOT / "../shared", ROOT / "../../shared") if p.is_dir()), None)
HEARTBEAT = codec.encode("FIX.4.4", [(35, "0"), (34, 2), (49, "A"), (52, "x"), (56, "B")])
ORDER = codec.encode("FIX.4.4", codec.from_text("35=D|34=3|49=A|56=B|11=ID|58=see 8=FIX|38=100"))


def soh(text: str) -> bytes:
    return text.replace("|", "\x01").encode()


def summed(text: str) -> bytes:
    """A message whose CheckSum is right and whose other faults are as written."""
    return soh(text) + b"10=%03d\x01" % (sum(soh(text)) % 256)


# ---- framing


def test_whole_messages_are_cut_from_a_stream() -> None:
    found = codec.split(HEARTBEAT + ORDER + HEARTBEAT)
    assert found.messages == [HEARTBEAT, ORDER, HEARTBEAT]
    assert (found.garbled, found.is_oversize) == (0, False)
    assert found.used == 2 * len(HEARTBEAT) + len(ORDER)


def test_a_message_is_not_found_before_its_last_byte() -> None:
    for size in range(len(ORDER)):
        assert codec.split(ORDER[:size]) == ([], 0, 0, False)


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param(summed("8=FIX.4.4|9=5|34=3|35=0|"), id="9 and 35 are not second and third"),
        pytest.param(summed("8=FIX.4.4|34=3|35=0|49=A|"), id="no BodyLength"),
        pytest.param(summed("8=FIX.4.4|9=-5|35=0|"), id="negative length"),
        pytest.param(summed("8=FIX.4.4|9=|35=0|"), id="empty length"),
        pytest.param(summed("8=FIX.4.4|9=5x|35=0|"), id="length with a letter"),
        pytest.param(summed("8=FIX.4.4|9=0|"), id="no body"),
        pytest.param(summed("8=FIX.4.4|9=00000000005|35=0|"), id="absurdly many digits"),
        pytest.param(summed("8=FIX.4.4|9=4|35=0|"), id="length one too short"),
        pytest.param(summed("8=FIX.4.4|9=10|35=0|34=2|49=A|"), id="length to an earlier SOH"),
        pytest.param(soh("8=FIX.4.4|9=5|35=0|10=256|"), id="checksum out of range"),
        pytest.param(soh("8=FIX.4.4|9=5|35=0|10=000|"), id="wrong checksum"),
        pytest.param(soh("8=FIX.4.4|9=5|35=0|10=16|"), id="checksum of two digits"),
        pytest.param(soh("8=FIX.4.4|9=5|35=0|10=0|"), id="checksum of one digit"),
        pytest.param(summed("8=FIX.4.4.with.a.long.tail|9=5|35=0|"), id="BeginString too long"),
        pytest.param(soh("35=0|8=FIX.4.4|9=29|34=2|49=TW44|56=ISLD|10=121|"), id="35 first"),
        pytest.param(b"\x00\xffHTTP/1.1 400\r\n", id="another protocol"),
        pytest.param(b"8=FI8=FI", id="broken starts"),
        pytest.param(ORDER[:-20], id="cut short"),
        pytest.param(ORDER[20:], id="without a head"),
    ],
)
def test_damage_is_skipped_and_the_next_message_found(damaged: bytes) -> None:
    found = codec.split(damaged + HEARTBEAT + ORDER)
    assert HEARTBEAT in found.messages or ORDER in found.messages
    assert found.messages[-1] == ORDER
    assert found.garbled > 0
    assert found.used == len(damaged) + len(HEARTBEAT) + len(ORDER)


@pytest.mark.parametrize("number", range(256))
def test_one_checksum_in_256_is_right(number: int) -> None:
    body = soh("8=FIX.4.4|9=5|35=0|")
    found = codec.split(body + b"10=%03d\x01" % number)
    assert bool(found.messages) == (number == sum(body) % 256)


def test_a_wrong_checksum_costs_that_message_only() -> None:
    wrong = ORDER[:-4] + (b"000\x01" if ORDER[-4:] != b"000\x01" else b"001\x01")
    assert codec.split(wrong + HEARTBEAT) == (
        [HEARTBEAT],
        len(wrong) + len(HEARTBEAT),
        1,
        False,
    )


def test_a_length_that_is_too_long_takes_what_it_claims_with_it() -> None:
    # As 2m_BodyLengthValueNotCorrect has it: the bytes belong to the garbled message.
    length = len(ORDER) - len(b"8=FIX.4.4\x019=00\x01") - 7
    long = ORDER.replace(b"9=%d\x01" % length, b"9=%d\x01" % (length + 10))
    assert codec.split(long).messages == []
    assert codec.split(long).used == 0
    found = codec.split(long + HEARTBEAT + ORDER)
    assert (found.messages, found.garbled) == ([ORDER], 1)


def test_a_message_inside_the_data_of_a_garbled_one_is_not_believed() -> None:
    data = codec.encode("FIX.4.4", [(35, "A"), (95, len(HEARTBEAT)), (96, HEARTBEAT)])
    wrong = data[:-4] + b"999\x01"
    assert codec.split(wrong + ORDER).messages == [ORDER]


def test_a_length_over_the_limit_is_told_before_the_body_arrives() -> None:
    assert codec.split(soh("8=FIX.4.4|9=999999999|"), 65536) == ([], 0, 0, True)
    assert codec.split(HEARTBEAT, len(HEARTBEAT)).messages == [HEARTBEAT]
    assert codec.split(HEARTBEAT, len(HEARTBEAT) - 1).is_oversize


def test_a_fault_is_told_as_soon_as_its_byte_is_there() -> None:
    assert codec.split(soh("8=FIX.4.4|9=5|36")).garbled == 1
    assert codec.split(soh("8=FIX.4.4|9=5|35=0|11")).garbled == 1
    assert codec.split(soh("8=FIX.4.4|9=5|35=00")).garbled == 1


def test_a_possible_start_is_kept_and_other_garbage_is_not() -> None:
    for kept in range(5):
        assert codec.split(b"garbage" + b"8=FIX"[:kept]).used == 7


def test_zero_padded_lengths_are_lengths() -> None:
    padded = codec.encode("FIX.4.4", [(35, "0")], length_digits=7)
    assert b"9=0000005\x01" in padded
    assert codec.split(padded).messages == [padded]


# ---- fields


def test_fields_come_in_order_with_the_framing_ones() -> None:
    assert codec.decode(codec.encode("FIX.4.4", [(35, "0"), (34, 2), (58, "a=b")])) == [
        (8, b"FIX.4.4"),
        (9, b"17"),
        (35, b"0"),
        (34, b"2"),
        (58, b"a=b"),
        (10, b"088"),
    ]


@pytest.mark.parametrize(
    ("length", "data"), [(95, 96), (354, 355), (348, 349), (350, 351), (212, 213), (93, 89)]
)
def test_data_may_hold_soh_and_equals(length: int, data: int) -> None:
    value = b"a\x0110=000\x01b="
    fields = [(35, b"B"), (length, b"%d" % len(value)), (data, value), (58, b"t")]
    assert codec.decode(codec.encode("FIX.4.4", fields))[2:-1] == fields


def test_empty_data_is_data() -> None:
    fields = [(35, b"B"), (95, b"0"), (96, b""), (58, b"t")]
    assert codec.decode(codec.encode("FIX.4.4", fields))[2:-1] == fields


@pytest.mark.parametrize("length", [b"1", b"3", b"99999", b"-1", b"x", b""])
def test_data_whose_length_is_wrong_ends_at_its_soh(length: bytes) -> None:
    fields = [(35, b"B"), (95, length), (96, b"ab"), (58, b"t")]
    assert codec.decode(codec.encode("FIX.4.4", fields))[2:-1] == fields


def test_a_length_counts_only_for_the_field_that_follows_it() -> None:
    fields = [(35, b"B"), (95, b"9"), (58, b"t"), (96, b"ab"), (1, b"x")]
    assert codec.decode(codec.encode("FIX.4.4", fields))[2:-1] == fields


@pytest.mark.parametrize(
    "bad", ["abc=1", "=1", "-1=1", "+1=1", "007=1", "1x=2", "99999999999=1", "novalue", "1 =2", ""]
)
def test_what_is_no_tag_becomes_minus_one(bad: str) -> None:
    body = soh(f"35=0|{bad}|58=t|")
    head = b"8=FIX.4.4\x019=%d\x01" % len(body) + body
    message = head + b"10=%03d\x01" % (sum(head) % 256)
    assert [tag for tag, _ in codec.decode(message)] == [8, 9, 35, -1, 58, 10]


@pytest.mark.parametrize("tag", [0, 1, 11, 99, 1000, 25056, 123456, 1234567, 12345678, 999999999])
def test_tags_have_up_to_nine_digits(tag: int) -> None:
    assert codec.decode(codec.encode("FIX.4.4", [(35, "0"), (tag, "v"), (1, "x")]))[3] == (
        tag,
        b"v",
    )


def test_more_fields_than_the_limit_are_refused() -> None:
    fields = [(35, "0")] + [(58, "x")] * 2044
    assert len(codec.decode(codec.encode("FIX.4.4", fields))) == 2048
    with pytest.raises(ValueError, match="more than 2048 fields"):
        codec.decode(codec.encode("FIX.4.4", [*fields, (58, "x")]))


def test_the_header_is_read_wherever_its_fields_stand() -> None:
    message = codec.encode(
        "FIX.4.4",
        codec.from_text("35=AE|49=A|56=B|43=Y|11=x|97=Y|52=19700101-00:00:01.5|34=12|34=99"),
    )
    assert codec.read_header(message) == ("AE", 12, -1, True, True, 6)


@pytest.mark.parametrize(
    ("fields", "number", "time_ns"),
    [
        ("34=0|52=19700101-00:00:01", 0, 10**9),
        ("34=-1|52=19700101-00:00:01.002", 0, 1_002_000_000),
        ("34=x|52=19700101-00:00:01.000003", 0, 1_000_003_000),
        ("34=007|52=19700101-00:00:01.000000004", 7, 1_000_000_004),
        ("58=|52=19700101-00:00:61", 0, -1),
        ("34=18446744073709551616|52=", 0, -1),
    ],
)
def test_a_malformed_number_or_time_counts_as_missing(
    fields: str, number: int, time_ns: int
) -> None:
    header = codec.read_header(codec.encode("FIX.4.4", codec.from_text("35=0|" + fields)))
    assert (header.msg_seq_num, header.sending_time_ns) == (number, time_ns)


def test_a_long_msg_type_is_cut() -> None:
    assert codec.read_header(codec.encode("FIX.4.4", [(35, "ABCDEFGHIJ")])).msg_type == "ABCDEFG"


# ---- one message at a time


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (ORDER + HEARTBEAT, "more than one message"),
        (ORDER[:-1] + b"2", "CheckSum"),
        (ORDER[:-8], "CheckSum.10. is missing"),
        (b"", "must be the first three"),
        (soh("8=FIX.4.4|9=6|35=0|10=163|"), "BodyLength.9. is 6, the body has 5 bytes"),
        (soh("8=FIX.4.4|9=5|35=0|10=162|"), "CheckSum.10. is 162, the bytes add up to 163"),
    ],
)
def test_decode_says_what_is_wrong(data: bytes, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        codec.decode(data)


def test_any_buffer_will_do() -> None:
    for data in (bytearray(ORDER), memoryview(ORDER)):
        assert codec.decode(data) == codec.decode(ORDER)
        assert codec.split(data).messages == [ORDER]
        assert codec.checksum(data) == sum(ORDER) % 256


# ---- published samples


def samples() -> Iterator[tuple[bool, bool, bytes]]:
    if SHARED is None:
        return
    for path in sorted((SHARED / "fixtures" / "fix-dictionaries").glob("*/sample_messages.txt")):
        for line in path.read_text().splitlines():
            if not line.startswith("#"):
                checksum_ok, length_ok, _, text = line.split("\t")
                yield checksum_ok == "True", length_ok == "True", soh(text)


@pytest.mark.skipif(SHARED is None, reason="the shared fixtures are not here")
def test_samples_that_are_right_are_rebuilt_byte_for_byte() -> None:
    right = [data for checksum_ok, length_ok, data in samples() if checksum_ok and length_ok]
    assert len(right) == 12
    for data in right:
        fields = codec.decode(data)
        digits = len(fields[1][1])
        begin_string = fields[0][1].decode()
        assert codec.encode(begin_string, fields[2:-1], length_digits=digits) == data


@pytest.mark.skipif(SHARED is None, reason="the shared fixtures are not here")
def test_samples_that_were_edited_are_told_from_those_that_were_not() -> None:
    edited = [row for row in samples() if not (row[0] and row[1])]
    assert len(edited) == 16
    for _, length_ok, data in edited:
        assert codec.split(data).messages == []
        assert codec.fault_of(data).startswith("CheckSum(10)" if length_ok else "BodyLength(9)")
        assert codec.split_fields(data)[2][0] == 35


# ---- twins and fuzz

TAGS = st.integers(1, 1100).filter(lambda tag: tag not in (8, 9, 10, 35) and tag not in LENGTHS)
LENGTHS = {90, 93, 95, 212, 348, 350, 352, 354, 356, 358, 360, 362, 364, 445, 618, 621}
VALUES = st.binary(min_size=1, max_size=30).filter(lambda value: b"\x01" not in value)
PAIRS = st.lists(st.tuples(TAGS, VALUES), max_size=30)


@given(st.sampled_from(["FIX.4.2", "FIX.4.4", "FIXT.1.1"]), PAIRS)
@settings(max_examples=2000 if DEEP else 60, deadline=None)
def test_simplefix_writes_and_reads_the_same(
    begin_string: str, pairs: list[tuple[int, bytes]]
) -> None:
    twin = simplefix.FixMessage()
    twin.append_pair(8, begin_string)
    twin.append_pair(35, "D")
    for tag, value in pairs:
        twin.append_pair(tag, value)
    message = codec.encode(begin_string, [(35, "D"), *pairs])
    assert twin.encode() == message
    parser = simplefix.FixParser()
    parser.append_buffer(message)
    read = parser.get_message()
    assert [(int(tag), value) for tag, value in read.pairs] == codec.decode(message)


@given(st.lists(st.sampled_from([HEARTBEAT, ORDER, b"8=FIX.4.4\x019=5\x0135=0\x0110=1", b"8="])))
@settings(max_examples=500 if DEEP else 30, deadline=None)
@example([b"8=", HEARTBEAT])
def test_it_does_not_matter_where_a_stream_is_cut(pieces: list[bytes]) -> None:
    stream = b"".join(pieces)
    whole = codec.split(stream).messages
    for cut in range(0, len(stream), 1 if DEEP else 7):
        first = codec.split(stream[:cut])
        rest = codec.split(stream[first.used :])
        assert first.messages + rest.messages == whole


def test_a_read_beyond_the_fence_would_be_noticed() -> None:
    fence = fuzz_codec.Fence(1)
    assert bytes(fence.at_end(b"abc")) == b"abc"
    assert bytes(fence.at_start(b"abc")) == b"abc"


def test_every_cut_and_every_changed_byte_of_a_message_is_survived() -> None:
    fence = fuzz_codec.Fence(1)
    for message in fuzz_codec.seeds():
        for at in range(len(message)):
            assert codec.split(fence.at_end(message[:at])).messages == []
            for byte in (0, 1, 0x3D, message[at] ^ 0x10, 0xFF):
                changed = message[:at] + bytes([byte]) + message[at + 1 :]
                found = codec.split(fence.at_end(changed)).messages
                assert found == ([message] if changed == message else [])


@pytest.mark.parametrize("seed", range(4))
def test_damaged_streams_give_no_findings(seed: int) -> None:
    report = fuzz_codec.run(150 if DEEP else 0.5, random.Random(seed).randrange(1 << 30))
    assert report["findings"] == []
    assert report["inputs"]
