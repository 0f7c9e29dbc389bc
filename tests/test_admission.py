"""From the file to what the door asks for."""

from pathlib import Path

from internaliser.addresses import packed_address
from internaliser.admission import (
    access_for,
    certified_parties,
    client_numbers,
    configure_clients,
    failures_for,
)
from internaliser.config.sections import Client
from tests.gateway.desk import Desk
from tests.whole_node import plain_config

NUMBERS = {"ALICE": 0, "BOB": 1, "CAROL": 9}
CLIENTS = (
    Client("ALICE"),
    Client("BOB", certificate_names=("bob.example", "urn:bob")),
    Client("CAROL", certificate_names=("desk.example",)),
)


def named(*names: str) -> list[str]:
    bits = int.from_bytes(certified_parties(names, CLIENTS, NUMBERS), "little")
    return [name for name, number in NUMBERS.items() if bits >> number & 1]


def test_a_certificate_names_a_client_by_its_name_or_by_the_names_it_lists() -> None:
    assert named("ALICE") == ["ALICE"]
    assert named("urn:bob", "something else") == ["BOB"]
    assert named("BOB") == []  # it lists others
    assert named("ALICE", "desk.example") == ["ALICE", "CAROL"]
    assert named() == []


def test_every_client_of_the_file_has_its_networks_and_certificate(tmp_path: Path) -> None:
    settings = (
        'clients.CLIENT1.allowed_addresses=["10.0.0.0/8"]',
        'clients.CLIENT2.certificate_names=["two.example"]',
        "fix.tls_cert_file=c",
        "fix.tls_key_file=k",
        "fix.tls_ca_file=a",
        "fix.tls_client_certs=optional",
    )
    desk = Desk(tmp_path / "data", *settings)
    numbers = client_numbers(desk.node.state.core)
    assert list(numbers) == [f"CLIENT{n}" for n in range(1, 9)]
    inside, outside = packed_address("10.9.9.9"), packed_address("11.0.0.1")
    for name, address, is_in in (
        ("CLIENT1", inside, True),
        ("CLIENT1", outside, False),
        ("CLIENT2", outside, False),
        ("CLIENT3", outside, True),
    ):
        talker = desk.connect(name)
        talker.link = desk.node.door.connect(desk.now_ns, address=address)
        assert bool(desk.says(name, "A|34=1|98=0|108=30|141=Y")) == is_in
        desk.hang_up(name)


def test_the_limits_are_the_files() -> None:
    config = plain_config("access.failures_free=0", "access.delay_ms=5", "access.per_address_max=7")
    assert access_for(config, 16).per_address_max == 7
    failures = failures_for(config)
    address = packed_address("10.0.0.1")
    failures.failed(address, 1)
    assert failures.is_blocked(address, 5_000_000)
    assert not failures.is_blocked(address, 5_000_001)


def test_configuring_twice_keeps_the_last() -> None:
    config = plain_config('clients.CLIENT1.allowed_addresses=["10.0.0.0/8"]')
    access = access_for(config, 16)

    class Core:
        def clients(self) -> list[dict[str, object]]:
            return [{"name": client.name} for client in config.clients]

    configure_clients(access, config, Core())  # type: ignore[arg-type]
    configure_clients(access, plain_config(), Core())  # type: ignore[arg-type]
