"""A conversation as a capture file (pcap) that network tools read: one TCP connection per client.

capture(lines, Path("wire.pcap"))
"""

import struct
from collections.abc import Iterable
from pathlib import Path

from internaliser.engagement.conversation import Line

NODE_PORT = 9878
LINK_RAW_IP = 101  # the packets begin with their IP header
LOOPBACK = bytes((127, 0, 0, 1))
SYN, ACK, PSH = 0x02, 0x10, 0x08


def capture(lines: Iterable[Line], path: Path) -> None:
    """Write the file. A client's connection opens with its first message."""
    links: dict[str, Link] = {}
    packets: list[bytes] = []
    for line in lines:
        if line.client not in links:
            links[line.client] = Link(40000 + ord(line.client))
            packets += links[line.client].opening()
        data = (line.text.replace("|", "\x01") + "\x01").encode("latin-1")
        packets.append(links[line.client].carry(line.is_sent, data))
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, LINK_RAW_IP)
    stamped = (
        struct.pack("<IIII", 1_700_000_000 + number, 0, len(packet), len(packet)) + packet
        for number, packet in enumerate(packets)
    )
    path.write_bytes(head + b"".join(stamped))


class Link:
    """The two sequence numbers of one connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.sent = {True: 1, False: 1}  # by the client, by the node

    def opening(self) -> list[bytes]:
        return [
            self._packet(True, SYN, 0, 0, b""),
            self._packet(False, SYN | ACK, 0, 1, b""),
            self._packet(True, ACK, 1, 1, b""),
        ]

    def carry(self, by_client: bool, data: bytes) -> bytes:
        packet = self._packet(
            by_client, PSH | ACK, self.sent[by_client], self.sent[not by_client], data
        )
        self.sent[by_client] += len(data)
        return packet

    def _packet(self, by_client: bool, flags: int, seq: int, ack: int, data: bytes) -> bytes:
        ports = (self.port, NODE_PORT) if by_client else (NODE_PORT, self.port)
        tcp = struct.pack(">HHIIBBHHH", *ports, seq, ack, 5 << 4, flags, 65535, 0, 0)
        size = 20 + len(tcp) + len(data)
        ip = struct.pack(">BBHHHBBH", 0x45, 0, size, 0, 0, 64, 6, 0) + LOOPBACK + LOOPBACK
        return ip + tcp + data
