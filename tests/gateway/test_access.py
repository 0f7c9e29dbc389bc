"""Who may come in, through the door: addresses, certificates, failures."""

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from internaliser.addresses import packed_address, packed_network
from internaliser.admission import certified_parties
from internaliser.config.sections import Client
from internaliser.gateway.access import Access
from internaliser.gateway.enquiries import PASSED, VERDICT, answer_record, enquiry_fields
from tests.gateway.desk import Desk
from tests.scenarios.runner import Talker

LOGON = "A|34=1|98=0|108=30|141=Y"
OFFICE, CAFE = packed_address("10.1.2.3"), packed_address("192.0.2.9")
NUMBERS = {f"CLIENT{n}": n - 1 for n in range(1, 9)}
ONE, TWO = (certified_parties([name], [Client(name)], NUMBERS) for name in ("CLIENT1", "CLIENT2"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "data", "access.per_address_max=3", "access.failures_free=2")


def answers(desk: Desk, name: str, text: str = LOGON, **origin: bytes | None) -> list[str]:
    """What a new link from `address` gets for its first message; it stays up."""
    talker = desk.talkers.setdefault(name, Talker(name))
    if talker.link in desk.node.links:
        desk.hang_up(name)
    talker.link = desk.node.door.connect(desk.now_ns, **origin)  # type: ignore[arg-type]
    desk.node.links.add(talker.link)
    talker.unread = b""
    return [message.partition("|")[0] for message in desk.says(name, text)]


def test_a_client_logs_on_from_its_networks_only(desk: Desk) -> None:
    networks = [packed_network("10.1.0.0/16"), packed_network("2001:db8::/33")]
    desk.node.door.access.configure(0, networks=networks)
    assert answers(desk, "CLIENT1", address=OFFICE) == ["A"]
    assert answers(desk, "CLIENT1", address=CAFE) == []
    assert desk.is_closing("CLIENT1")
    inside, outside = packed_address("2001:db8:7fff::"), packed_address("2001:db8:8000::")
    assert answers(desk, "CLIENT1", address=inside) == ["A"]
    assert answers(desk, "CLIENT1", address=outside) == []
    assert answers(desk, "CLIENT2", address=CAFE) == ["A"]


def test_a_certificate_is_good_for_the_clients_it_names_only(desk: Desk) -> None:
    assert answers(desk, "CLIENT1", address=CAFE, certified=ONE) == ["A"]
    assert answers(desk, "CLIENT2", address=CAFE, certified=ONE) == []
    assert answers(desk, "CLIENT2", address=CAFE, certified=TWO) == ["A"]
    assert answers(desk, "CLIENT3", address=CAFE) == ["A"]


def test_a_client_with_certificate_names_needs_the_certificate(desk: Desk) -> None:
    desk.node.door.access.configure(0, needs_certificate=True)
    assert answers(desk, "CLIENT1", address=OFFICE) == []
    assert answers(desk, "CLIENT1", address=OFFICE, certified=TWO) == []
    assert answers(desk, "CLIENT1", address=OFFICE, certified=ONE) == ["A"]


def test_the_next_link_in_a_slot_has_nothing_of_the_last_ones_certificate(desk: Desk) -> None:
    desk.node.door.access.configure(0, needs_certificate=True)
    assert answers(desk, "CLIENT1", address=OFFICE, certified=ONE) == ["A"]
    assert answers(desk, "CLIENT1", address=OFFICE) == []


def test_one_address_has_so_many_links_and_no_more(desk: Desk) -> None:
    door = desk.node.door
    links = [door.connect(desk.now_ns, address=OFFICE) for _ in range(3)]
    with pytest.raises(ConnectionRefusedError):
        door.connect(desk.now_ns, address=OFFICE)
    door.connect(desk.now_ns, address=CAFE)
    door.disconnect(links[1], desk.now_ns)
    door.connect(desk.now_ns, address=OFFICE)
    assert door.access.refused_count == 1


@settings(deadline=None, max_examples=12)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=20, max_size=120))
def test_links_are_counted_by_address_as_they_come_and_go(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[bool, int]]
) -> None:
    folder = tmp_path_factory.mktemp("desk")
    desk = Desk(folder, "access.per_address_max=3", "fix.connections_max=10")
    door, up = desk.node.door, defaultdict[int, list[int]](list)
    for is_coming, number in steps:
        address = packed_address(f"198.51.100.{number}")
        if is_coming:
            room = len(up[number]) < 3 and sum(map(len, up.values())) < 10
            if room:
                up[number].append(door.connect(desk.now_ns, address=address))
            else:
                with pytest.raises(ConnectionRefusedError):
                    door.connect(desk.now_ns, address=address)
        elif up[number]:
            door.disconnect(up[number].pop(0), desk.now_ns)


@pytest.mark.parametrize(
    "first", ["D|11=a", "0", "A|49=NOBODY"], ids=["no Logon", "a heartbeat", "unknown CompID"]
)
def test_an_address_whose_first_messages_are_wrong_is_not_heard_for_a_while(
    desk: Desk, first: str
) -> None:
    for _ in range(3):
        assert answers(desk, "STRANGER", first, address=CAFE) == []
        assert desk.is_closing("STRANGER")
    with pytest.raises(ConnectionRefusedError):
        desk.node.door.connect(desk.now_ns, address=CAFE)
    assert answers(desk, "CLIENT1", address=OFFICE) == ["A"]
    desk.wait(200_000_000)
    assert answers(desk, "CLIENT2", address=CAFE) == ["A"]


def test_garbled_first_bytes_count_and_good_logons_forgive(desk: Desk) -> None:
    door = desk.node.door
    for _ in range(2):
        link = door.connect(desk.now_ns, address=CAFE)
        door.receive(link, b"GET / HTTP/1.1\r\n\r\n", desk.now_ns)
        door.disconnect(link, desk.now_ns)
    assert door.access.failures.count(CAFE, desk.now_ns) == 2
    assert answers(desk, "CLIENT1", address=CAFE) == ["A"]
    assert door.access.failures.count(CAFE, desk.now_ns) == 1


def test_before_its_logon_a_link_keeps_little(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data", "access.logon_bytes_max=4096")
    link = desk.node.connect(desk.now_ns)
    desk.node.receive(link, b"8=FIX.4.4\x019=5000\x01", desk.now_ns)
    assert desk.node.door.is_closing(link)
    desk.log_on("CLIENT1")
    text = f"D|11=a|55=TEST1|54=1|38=1|40=2|44=1.00|58={'x' * 6000}"
    assert [answer[:2] for answer in desk.says("CLIENT1", text)] == ["8|"]


def test_what_it_is_given_is_checked() -> None:
    access = Access(4)
    with pytest.raises(ValueError, match="beyond the 4096"):
        access.configure(4096)
    with pytest.raises(ValueError, match="not a network"):
        access.configure(0, networks=[(b"\x0a\0\0\0", 8)])
    with pytest.raises(ValueError, match="at most 64 networks, not 65"):
        access.configure(0, networks=[(OFFICE, 128)] * 65)


def test_a_verdict_that_comes_after_its_link_has_gone_lets_nobody_in(desk: Desk) -> None:
    desk.node.door.access.configure(0, is_checked=True)
    assert desk.node.door.enquiries is not None
    desk.node.door.enquiries.room = 1 << 16
    assert answers(desk, "CLIENT1", address=OFFICE) == []
    (record,) = desk.node.door.enquiries.take()
    asked = enquiry_fields(record)
    desk.hang_up("CLIENT1")
    verdict = answer_record(
        asked["session"],
        "",
        b"",
        msg_seq_num=asked["link"],
        generation=asked["generation"],
        flags=VERDICT | PASSED,
    )
    desk.node.door.answer(verdict, desk.now_ns)
    # The next link has its place, and must show its own credentials.
    assert answers(desk, "CLIENT1", address=CAFE) == []
    (record,) = desk.node.door.enquiries.take()
    again = enquiry_fields(record)
    assert (again["link"], again["session"]) == (asked["link"], asked["session"])
    desk.node.door.answer(verdict, desk.now_ns)
    assert desk.node.door.presence(asked["session"]) == (0, 0)
