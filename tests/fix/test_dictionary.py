from pathlib import Path

import pytest

from internaliser.fix import codec
from internaliser.fix.dictionary import Dictionary
from internaliser.fix.spec import load

ROOT = Path(__file__).parents[2]
FIX44 = ROOT / "fix_specs" / "FIX44.xml"
SHARED = next((p for p in (ROOT / "../shared", ROOT / "../../shared") if p.is_dir()), None)
HEADER = "34=2|49=CLIENT|52=20240301-12:34:56.789|56=NODE"
ORDER = "11=ID|21=1|40=1|54=1|38=002000.00|55=INTC|60=20240301-12:34:56"
GOOD = (-1, None)
UNSUPPORTED = (-2, None)


@pytest.fixture(scope="module")
def acceptor() -> Dictionary:
    return Dictionary(FIX44)


@pytest.fixture(scope="module")
def initiator() -> Dictionary:
    return Dictionary(FIX44, role="initiator")


def message(msg_type: str, body: str = "", header: str = HEADER) -> bytes:
    text = "|".join(part for part in (f"35={msg_type}", header, body) if part)
    return codec.encode("FIX.4.4", codec.from_text(text))


def order(change: str = "") -> bytes:
    return message("D", f"{ORDER}|{change}" if change else ORDER)


# ---- the reasons of SessionRejectReason(373), as the acceptance scripts 14a to 14i have them


def test_a_plain_order_is_good(acceptor: Dictionary) -> None:
    assert acceptor.verdict(order()) == GOOD


def test_header_and_body_fields_may_come_in_any_order(acceptor: Dictionary) -> None:
    body = "40=1|55=MSFT|60=20240301-12:34:56|54=1|21=3|11=id"
    header = "49=TW44|34=3|56=ISLD|52=20240301-12:34:56"
    assert acceptor.verdict(message("D", body, header)) == GOOD


@pytest.mark.parametrize("tag", [0, 999, 5000, 9999, 123456])
def test_an_undefined_tag_is_refused(acceptor: Dictionary, tag: int) -> None:
    assert acceptor.verdict(message("0", f"{tag}=HI")) == (0, tag)


def test_a_tag_that_is_no_number_is_refused(acceptor: Dictionary) -> None:
    raw = message("0", "112=HI").replace(b"112=", b"-1=")
    assert acceptor.verdict(raw) == (0, -1)


def test_a_value_with_soh_is_told_from_a_bad_tag(acceptor: Dictionary) -> None:
    raw = message("0", "112=HI^HO").replace(b"^", b"\x01")
    assert acceptor.verdict(raw) == (17, 112)


@pytest.mark.parametrize(
    ("msg_type", "body", "header", "tag"),
    [
        ("0", "", "34=2|49=A|52=20240301-12:34:56", 56),
        ("0", "", "34=2|56=A|52=20240301-12:34:56", 49),
        ("0", "", "49=A|56=A|52=20240301-12:34:56", 34),
        ("0", "", "34=2|49=A|56=A", 52),
        ("1", "", HEADER, 112),
        ("D", "40=1|60=20240301-12:34:56|54=1|21=3", HEADER, 11),
        ("D", "11=x|60=20240301-12:34:56|54=1|21=3", HEADER, 40),
        ("F", "11=x|60=20240301-12:34:56|54=1", HEADER, 41),
    ],
)
def test_a_missing_required_tag_is_named(
    acceptor: Dictionary, msg_type: str, body: str, header: str, tag: int
) -> None:
    assert acceptor.verdict(message(msg_type, body, header)) == (1, tag)


def test_a_tag_of_other_messages_is_refused(acceptor: Dictionary) -> None:
    assert acceptor.verdict(message("0", "55=MSFT")) == (2, 55)


def test_a_group_member_outside_its_group_is_refused(acceptor: Dictionary) -> None:
    assert acceptor.verdict(order("448=A")) == (2, 448)


@pytest.mark.parametrize("tag", [115, 128, 116, 144, 145])
def test_an_empty_routing_tag_is_refused_before_a_wrong_value(
    acceptor: Dictionary, tag: int
) -> None:
    body = ORDER.replace("40=1", "40=w")
    assert acceptor.verdict(message("D", body, f"{HEADER}|{tag}=")) == (4, tag)


def test_an_empty_msg_type_is_refused(acceptor: Dictionary) -> None:
    assert acceptor.verdict(message("")) == (4, 35)


@pytest.mark.parametrize("msg_type", ["*", "ZZ", "DD", "ABCDEFGHI", "\xe9"])
def test_an_unknown_msg_type_is_refused(acceptor: Dictionary, msg_type: str) -> None:
    assert acceptor.verdict(message(msg_type)) == (11, 35)


def test_a_repeated_tag_is_refused(acceptor: Dictionary) -> None:
    assert acceptor.verdict(order("40=2")) == (13, 40)
    assert acceptor.verdict(message("0", "", f"{HEADER}|34=2")) == (13, 34)


def test_a_header_tag_in_the_body_is_out_of_order(acceptor: Dictionary) -> None:
    assert acceptor.verdict(message("D", HEADER, ORDER)) == (14, 34)
    assert acceptor.verdict(message("D", f"{HEADER}|{ORDER}", "55=MSFT")) == (14, 34)


def test_a_trailer_tag_before_the_body_is_out_of_order(acceptor: Dictionary) -> None:
    assert acceptor.verdict(order("93=1|89=s")) == GOOD
    assert acceptor.verdict(order("93=1|89=s|58=t")) == (14, 58)


# ---- repeating groups


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ("386=2|336=A|336=B", GOOD),
        ("386=2|336=A|625=a|336=B|625=b|58=t", GOOD),
        ("386=0", GOOD),
        ("386=0|58=t", GOOD),
        ("386=3|336=PRE-OPEN|336=AFTER-HOURS", (16, 386)),
        ("386=1|336=A|336=B", (16, 386)),
        ("386=1", (16, 386)),
        ("386=1|58=t", (16, 386)),
        ("386=0|336=A", (16, 386)),
        ("386=99999999999999999999|336=A", (16, 386)),
        ("386=1|625=a|336=A", (15, 625)),
        ("386=1|336=", (4, 336)),
        ("386=1|336=A|386=1|336=B", (13, 386)),
        ("453=1|448=A|447=D|452=1", GOOD),
        ("453=1|448=A|452=1|447=D", (15, 447)),
        ("453=1|448=A|447=D|447=D|452=1", (13, 447)),
        ("453=1|448=A|447=D|452=1|802=2|523=x|803=1|523=y|803=2", GOOD),
        ("453=2|448=A|802=1|523=x|803=1|448=B|802=1|523=y|803=2|58=t", GOOD),
        ("453=2|448=A|802=2|523=x|803=1|448=B|802=1|523=y", (16, 802)),
        ("453=1|448=A|802=1|803=1|523=x", (15, 803)),
        ("453=1|448=A|447=?", (5, 447)),
        ("453=1|448=A|9999=x", (0, 9999)),
        ("78=1|79=A|661=1|736=USD|467=i|539=1|524=P|525=D|538=3|80=5", GOOD),
        ("78=2|79=A|80=5|79=B|80=5|58=t", GOOD),
    ],
)
def test_groups_are_counted_and_ordered(
    acceptor: Dictionary, change: str, verdict: tuple[int, int | None]
) -> None:
    assert acceptor.verdict(order(change)) == verdict


def test_sizes_have_limits() -> None:
    small = Dictionary(FIX44, fields_max=64, instances_max=2)
    parties = "|".join(f"448={n}" for n in range(3))
    assert small.verdict(order(f"453=2|{parties[:11]}")) == GOOD
    assert small.verdict(order(f"453=3|{parties}")) == (16, 453)
    assert small.verdict(order(f"453={2**64 + 2}|{parties}")) == (16, 453)
    assert small.verdict(order("|".join(["58=x"] * 64))) == (99, None)
    with pytest.raises(ValueError, match="fields_max must be 40 to 2048, not 4096"):
        Dictionary(FIX44, fields_max=4096)


def test_a_required_member_is_asked_of_every_instance(initiator: Dictionary) -> None:
    head = "55=X|268=2"
    assert initiator.verdict(message("W", f"{head}|269=0|270=1|269=1|270=2")) == GOOD
    assert initiator.verdict(message("X", "268=2|279=0|269=0|270=1|279=0|270=2")) == GOOD
    dictionary = Dictionary(FIX44, supported=["i"])
    assert dictionary.verdict(message("i", "117=q|296=1|302=s|304=1|295=1|299=e")) == GOOD
    assert dictionary.verdict(message("i", "117=q|296=1|302=s|295=1|299=e")) == (1, 304)


def test_a_group_in_the_header_is_checked(acceptor: Dictionary) -> None:
    assert acceptor.verdict(message("0", "112=x", f"{HEADER}|627=1|628=hop|630=5")) == GOOD
    assert acceptor.verdict(message("0", "112=x", f"{HEADER}|627=2|628=hop")) == (16, 627)


def test_a_tag_of_the_group_and_of_what_surrounds_it_ends_the_group(
    initiator: Dictionary,
) -> None:
    # 60 and 58 stand in the legs' neighbourhood; 15 and 58 are both in a W entry, 58 only there.
    entry = "279=0|269=0|278=1|270=1|271=2|58=t"
    assert initiator.verdict(message("X", f"268=1|{entry}")) == GOOD
    assert initiator.verdict(message("X", f"268=1|{entry}|278=1")) == (13, 278)
    assert initiator.verdict(message("X", f"268=1|{entry}|269=0")) == (13, 269)


def test_the_order_of_members_may_be_left_free() -> None:
    free = Dictionary(FIX44, group_order=False)
    assert free.verdict(order("453=1|448=A|452=1|447=D")) == GOOD
    assert free.verdict(order("453=1|448=A|452=1|447=D|452=1")) == (13, 452)
    assert free.verdict(order("453=2|452=1|448=A|452=3|447=D|448=B")) == GOOD
    assert free.verdict(order("453=3|452=1|448=A|452=3|447=D|448=B")) == (16, 453)


# ---- what is supported, and by whom


def test_a_known_message_that_is_not_offered_is_told_from_an_unknown_one(
    acceptor: Dictionary,
) -> None:
    assert acceptor.verdict(message("8", "37=id|17=id|150=0|39=0|54=1")) == UNSUPPORTED
    assert acceptor.verdict(message("d", "320=x")) == UNSUPPORTED


def test_each_role_takes_in_its_own_messages(acceptor: Dictionary, initiator: Dictionary) -> None:
    for msg_type in "012345AjDFGH":
        assert acceptor.verdict(message(msg_type)) != UNSUPPORTED
    for msg_type in "012345Aj89WXY":
        assert initiator.verdict(message(msg_type)) != UNSUPPORTED
    assert initiator.verdict(order()) == UNSUPPORTED


def test_what_is_supported_can_be_chosen() -> None:
    some = Dictionary(FIX44, supported=["0", "AE"])
    assert some.verdict(order()) == UNSUPPORTED
    assert some.verdict(message("0")) == GOOD
    with pytest.raises(ValueError, match=r"not defined: \['ZZ'\]"):
        Dictionary(FIX44, supported=["ZZ"])


def test_user_defined_tags_pass_where_they_are_allowed() -> None:
    lenient = Dictionary(FIX44, user_defined=True)
    assert lenient.verdict(order("5000=x|58=t|9999=y")) == GOOD
    assert lenient.verdict(order("5000=")) == (4, 5000)
    assert lenient.verdict(order("4999=x")) == (0, 4999)


def test_a_role_is_one_of_two() -> None:
    with pytest.raises(ValueError, match="role must be one of"):
        Dictionary(FIX44, role="both")


def test_what_is_not_split_into_fields_cannot_be_judged(acceptor: Dictionary) -> None:
    with pytest.raises(ValueError, match="not a FIX message"):
        acceptor.verdict(b"35=0\x01")


# ---- other dictionaries, other readers


@pytest.mark.skipif(SHARED is None, reason="the shared fixtures are not here")
def test_a_venue_dialect_judges_the_venues_own_samples() -> None:
    assert SHARED is not None
    folder = SHARED / "fixtures" / "fix-dictionaries" / "binance"
    known = load(folder / "spot-fix-oe.xml").messages
    dialect = Dictionary(folder / "spot-fix-oe.xml", supported=known, group_order=False)
    judged = []
    for line in (folder / "sample_messages.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        raw = line.split("\t")[3].replace("|", "\x01").encode()
        msg_type = codec.read_header(raw).msg_type
        if msg_type in known:
            judged.append((msg_type, dialect.verdict(raw)))
    assert judged == [
        (kind, GOOD) for kind in ["A", "A", "5", "B", "8", "9", "r", "N", "XAR", "XLR"]
    ]


@pytest.mark.interop
def test_quickfix_loads_the_dictionary_and_judges_alike(acceptor: Dictionary) -> None:
    quickfix = pytest.importorskip("quickfix", reason="the quickfix package is not installed")
    other = quickfix.DataDictionary(str(FIX44))
    assert other.getVersion() == "FIX.4.4"
    cases = [
        order(),
        order("386=2|336=A|336=B"),
        order("453=1|448=A|447=D|452=1|802=1|523=x|803=1"),
        order("167=BOO"),
        order("38=5"),
        order("55=INTC"),
        order("999=x"),
        order("112=x"),
        order("44=1e5"),
        order("58="),
        order("386=3|336=A|336=B"),
        message("D", "40=1|60=20240301-12:34:56|54=1|21=3"),
        message("0", "112=x"),
        message("A", "98=0|108=30|553=me|554=secret"),
    ]
    for raw in cases:
        theirs = True
        try:
            parsed = quickfix.Message(raw.decode(), other, False)
            other.validate(parsed)
        except Exception:  # every class of refusal the binding knows
            theirs = False
        assert (acceptor.verdict(raw) == GOOD) == theirs, codec.to_text(raw)
