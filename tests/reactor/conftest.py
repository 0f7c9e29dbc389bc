"""Compiles the small extensions these tests drive the nogil rooms with."""

import hashlib
import importlib.util
import select
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from Cython.Build import cythonize
from setuptools import Distribution, Extension
from setuptools.command.build_ext import build_ext

import internaliser
from internaliser.reactor.ring import Ring

HERE = Path(__file__).parent
PACKAGE = Path(internaliser.__file__).parent
PATIENCE_S = 10  # nothing here takes it; a hang fails instead of blocking the suite


def build(name: str, folder: Path) -> Path:
    """`name`.pyx of this folder as an extension in `folder`, which may already hold it."""
    found = list(folder.glob(f"{name}.*.so"))
    if found:
        return found[0]
    folder.mkdir(parents=True, exist_ok=True)
    extension = Extension(name, [str(HERE / f"{name}.pyx")], extra_compile_args=["-O2"])
    extensions = cythonize(
        [extension],
        build_dir=str(folder / "c"),
        include_path=[str(PACKAGE.parent)],
        compiler_directives={"language_level": "3", "freethreading_compatible": False},
        quiet=True,
    )
    command = build_ext(Distribution({"ext_modules": extensions}))
    command.build_lib = str(folder)
    command.build_temp = str(folder / "o")
    command.ensure_finalized()
    command.run()
    return next(folder.glob(f"{name}.*.so"))


@pytest.fixture(scope="session")
def compiled(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], ModuleType]:
    """`compiled(name)`: the module built from `name`.pyx of this folder, kept until a change."""
    digest = hashlib.sha256()
    for source in sorted([*HERE.glob("*.pyx"), *PACKAGE.rglob("*.pxd")]):
        digest.update(source.read_bytes())
    folder = f"reactor-{digest.hexdigest()[:16]}"
    keeper = getattr(pytestconfig, "cache", None)
    cache = keeper.mkdir(folder) if keeper else tmp_path_factory.mktemp(folder)

    def load(name: str) -> ModuleType:
        if name not in sys.modules:
            spec = importlib.util.spec_from_file_location(name, build(name, cache))
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            sys.modules[name] = module
        return sys.modules[name]

    return load


class Client:
    """One end of a TCP connection that speaks lines."""

    def __init__(self, link: socket.socket) -> None:
        self.socket = link
        link.settimeout(PATIENCE_S)

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def send_for_ever(self, data: bytes) -> None:
        """Until the other end will have no more."""
        while True:
            self.socket.sendall(data)

    def lines(self, count: int) -> list[bytes]:
        with self.socket.makefile("rb") as reader:
            return [reader.readline() for _ in range(count)]

    def read(self, size: int) -> bytes:
        return self.socket.recv(size)

    def rest(self) -> bytes:
        data = b""
        while piece := self.socket.recv(65536):
            data += piece
        return data

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Running:
    """A reactor on its own thread, with its door and ring."""

    def __init__(self, door, dial: tuple[int, str, int] | None, **limits) -> None:
        from internaliser.reactor.reactor import Reactor

        self.door = door
        self.ring = Ring(1 << 14)
        self.reactor = Reactor(door, self.ring, **limits)
        self.port = self.reactor.listen("127.0.0.1", 0)
        if dial:
            self.reactor.dial(*dial, backoff_min_ms=1, backoff_max_ms=4)
        self.thread = threading.Thread(target=self.reactor.run)
        self.thread.start()

    def connect(self) -> Client:
        return Client(socket.create_connection(("127.0.0.1", self.port)))

    def wait_over(self) -> None:
        assert select.select([self.reactor], [], [], PATIENCE_S)[0], "the reactor goes on"
        self.thread.join(PATIENCE_S)

    def end(self) -> dict[str, int]:
        """Stop, and what was counted."""
        self.reactor.stop()
        self.wait_over()
        return self.reactor.counters()

    def until(self, name: str, value: int) -> None:
        """Until a counter has reached a value: each look asks the loop for a turn, no sleeping."""
        for _ in range(10_000):
            if self.reactor.counters()[name] >= value:
                return
            with self.connect() as probe:
                probe.send(b"?\n")
                probe.read(16)
        raise AssertionError(f"{name} never reached {value}: {self.reactor.counters()}")


class Venue:
    """A socket to be dialled; it listens when the test says so."""

    def __init__(self) -> None:
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(PATIENCE_S)
        self.port = self.socket.getsockname()[1]

    def accept(self) -> Client:
        return Client(self.socket.accept()[0])

    def connect(self) -> socket.socket:
        link = socket.socket()
        link.setblocking(False)
        link.connect_ex(("127.0.0.1", self.port))
        return link


@pytest.fixture
def venue() -> Iterator[Venue]:
    venue = Venue()
    yield venue
    venue.socket.close()


@pytest.fixture
def door(compiled: Callable[[str], ModuleType]) -> Callable[..., object]:
    """Makes doors that answer lines (echo_door.pyx)."""
    return lambda links=16: compiled("echo_door").EchoDoor(
        None, None, None, None, connections_max=links
    )


@pytest.fixture
def start(door: Callable[..., object]) -> Iterator[Callable[..., Running]]:
    """`start(links=, dial=, **limits)`: a running reactor, ended with the test."""
    started = []

    def begin(links: int = 16, dial: tuple[int, str, int] | None = None, **limits) -> Running:
        started.append(Running(door(links), dial, **limits))
        return started[-1]

    yield begin
    for running in started:
        running.end()


@pytest.fixture(params=["block", "spin"])
def either(request: pytest.FixtureRequest, start: Callable[..., Running]) -> Callable[..., Running]:
    """`start`, once for each way to wait."""
    return lambda **limits: start(wait=request.param, **limits)
