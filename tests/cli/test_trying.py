"""`internaliser send` and `bench` from their words on."""

import json

import pytest

from internaliser.cli import run_command
from internaliser.fix_client import value
from tests.fix_acceptor import Fields, FixAcceptor, Reply


def venue(fields: Fields) -> Reply:
    kind = value(fields, 35) or b""
    if kind in (b"A", b"5"):
        return [[(35, kind)]]
    return [[(35, "8"), (150, "0"), (11, value(fields, 11) or b"")]]


def test_send_prints_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    with FixAcceptor(venue) as node:
        where = ["--port", str(node.port), "--sender", "CLIENT2", "--wait-s", "0.2"]
        assert run_command(["send", "35=D|11=x|55=TEST1", *where]) == 0
        assert value(node.received[1], 49) == b"CLIENT2"
    (line,) = capsys.readouterr().out.splitlines()
    assert "|35=8|" in line
    assert "|11=x|" in line


def test_send_without_anybody_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with FixAcceptor(venue) as node:
        port = str(node.port)
    assert run_command(["send", "35=D", "--port", port]) == 1
    assert "Connection refused" in capsys.readouterr().err


def test_bench_prints_one_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    with FixAcceptor(venue) as node:
        words = ["--port", str(node.port), "--orders", "50", "--rate", "2000"]
        assert run_command(["bench", *words]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["orders"], figures["rate_per_s"], figures["missing"]) == (50, 2000, 0)
