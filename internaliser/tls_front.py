"""A TLS port: accepts, shakes hands, and hands its thread the other end of each link.

    front = TlsFront(config, TlsPort("127.0.0.1", 9879, 4096), {"ALICE": 0}, reactor.adoptions)
    front.listen()          # before READY
    await front.serve()     # on the edge's loop, until cancelled

A link that fails its handshake, or that the core closes without a word, counts against its address:
after some of those it is refused before its next handshake.
"""

import asyncio
import errno
import logging
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from internaliser import log
from internaliser.addresses import packed_address, shown_address
from internaliser.admission import certified_parties, failures_for, parties
from internaliser.config import Config
from internaliser.config.sections import FixSection
from internaliser.errors import InternaliserError
from internaliser.tls_link import TlsLink

ACCEPTS_PER_TURN = 16
BACKLOG = 1024
PAUSE_S = 0.1  # how long we do not accept when no handles are left
CLIENT_CERTS = {
    "none": ssl.CERT_NONE,
    "optional": ssl.CERT_OPTIONAL,
    "required": ssl.CERT_REQUIRED,
}


class Adopter(Protocol):
    """Takes sockets for the core thread (reactor/adoptions.pyx)."""

    def put(self, fd: int, address: bytes, certified: bytes | None = None) -> bool:
        """False when too many wait already."""


@dataclass(frozen=True, slots=True)
class TlsPort:
    """Where to listen, and how many links there may be.

    `unsent_max`: bytes the kernel keeps of one link before they are sent; 0 = it decides.
    """

    host: str
    port: int
    connections_max: int
    unsent_max: int = 0


class TlsFront:
    """Owns the listening socket and every TLS link. `numbers`: of every party, at the door."""

    def __init__(
        self, config: Config, port: TlsPort, numbers: Mapping[str, int], adopter: Adopter
    ) -> None:
        self._config = config
        self._fix = config.fix
        self._port = port
        self._parties = [party for party in parties(config) if party.name in numbers]
        self._numbers = numbers
        self._adopter = adopter
        self._failures = failures_for(config)
        self._context = tls_context(config.fix)
        self._links: set[TlsLink] = set()
        self._counts: dict[bytes, int] = {}
        self._listener: socket.socket | None = None

    def listen(self) -> int:
        """Take the port and return it; connections wait until `serve`. OSError when it is taken."""
        family = socket.AF_INET6 if ":" in self._port.host else socket.AF_INET
        self._listener = socket.create_server(
            (self._port.host, self._port.port), family=family, backlog=BACKLOG
        )
        if self._port.unsent_max:  # connections inherit it
            self._listener.setsockopt(
                socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, self._port.unsent_max
            )
        self._listener.setblocking(False)
        port: int = self._listener.getsockname()[1]
        return port

    async def serve(self) -> None:
        """Accept until cancelled. Links stay up then: they end with the core's, or by `close`."""
        assert self._listener is not None
        loop = asyncio.get_running_loop()
        loop.add_reader(self._listener.fileno(), self._accept_some)
        try:
            await asyncio.Event().wait()
        finally:
            loop.remove_reader(self._listener.fileno())
            self._listener.close()

    def reload(self) -> None:
        """Read certificate, key and CAs again, for new links; a bad file changes nothing."""
        try:
            self._context = tls_context(self._fix)
        except InternaliserError as error:
            log.event("tls_reload_refused", level=logging.ERROR, error=str(error))
        else:
            log.event("tls_reloaded", cert_file=self._fix.tls_cert_file)

    def close(self) -> None:
        """Close every link, and the port."""
        for link in list(self._links):
            link.close()
        if self._listener is not None:
            self._listener.close()

    @property
    def link_count(self) -> int:
        """Links open now."""
        return len(self._links)

    # What a link tells

    def secured(self, link: TlsLink) -> socket.socket | None:
        """Its handshake is over: a socket whose other end is the core thread's now."""
        certified = None
        if link.has_certificate:
            certified = certified_parties(link.names, self._parties, self._numbers)
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        if self._port.unsent_max:
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._port.unsent_max)
        if self._adopter.put(theirs.fileno(), link.address, certified):
            theirs.detach()
            return ours
        ours.close()
        theirs.close()
        return None

    def ended(self, link: TlsLink, error: Exception | None) -> None:
        """Forget it; count what looks like trying."""
        self._links.discard(link)
        left = self._counts[link.address] - 1
        if left:
            self._counts[link.address] = left
        else:
            del self._counts[link.address]
        age_s = asyncio.get_running_loop().time() - link.opened_s
        was_refused = link.was_closed_by_core and age_s < self._fix.logon_timeout_s
        if error is not None or (was_refused and not link.has_answered):
            self._failures.failed(link.address, time.time_ns())
        if error is not None:
            reason = getattr(error, "reason", None) or str(error) or type(error).__name__
            address = shown_address(link.address)
            log.event("tls_handshake_failed", level=logging.DEBUG, address=address, error=reason)

    # Accepting

    def _accept_some(self) -> None:
        assert self._listener is not None
        loop = asyncio.get_running_loop()
        for _ in range(ACCEPTS_PER_TURN):
            try:
                accepted, peer = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    loop.remove_reader(self._listener.fileno())
                    loop.call_later(PAUSE_S, self._resume)
                return
            self._take(loop, accepted, packed_address(peer[0]))

    def _resume(self) -> None:
        if self._listener is not None and self._listener.fileno() >= 0:
            asyncio.get_running_loop().add_reader(self._listener.fileno(), self._accept_some)

    def _take(
        self, loop: asyncio.AbstractEventLoop, accepted: socket.socket, address: bytes
    ) -> None:
        count = self._counts.get(address, 0)
        if (
            len(self._links) >= self._port.connections_max
            or count >= self._config.access.per_address_max
            or self._failures.is_blocked(address, time.time_ns())
        ):
            accepted.close()
            return
        accepted.setblocking(False)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link = TlsLink(loop, accepted, self._context, address, self)
        self._links.add(link)
        self._counts[address] = count + 1
        link.start(self._fix.tls_handshake_s)


def tls_context(fix: FixSection) -> ssl.SSLContext:
    """TLS 1.2 and up with the configured files. InternaliserError naming the one that is bad."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # A session resumed by ticket would bring the certificate of its first day.
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    context.verify_mode = CLIENT_CERTS[fix.tls_client_certs]
    try:
        context.load_cert_chain(fix.tls_cert_file, fix.tls_key_file)
    except OSError as error:
        files = f"fix.tls_cert_file {fix.tls_cert_file} and fix.tls_key_file {fix.tls_key_file}"
        raise InternaliserError(f"no certificate and key in {files}: {_why(error)}") from None
    if fix.tls_ca_file:
        try:
            context.load_verify_locations(str(Path(fix.tls_ca_file)))
        except OSError as error:
            text = f"no CA certificates in fix.tls_ca_file {fix.tls_ca_file}: {_why(error)}"
            raise InternaliserError(text) from None
    return context


def _why(error: OSError) -> str:
    return error.strerror or str(error)
