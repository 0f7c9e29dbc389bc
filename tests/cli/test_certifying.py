"""`internaliser certify` from its words on."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from internaliser.cli import run_command
from internaliser.cli.certifying import opening, settings_of, tls_of
from internaliser.errors import UsageError
from internaliser.fix_client import value
from internaliser.verbs import Parser
from tests.fix_acceptor import Fields, FixAcceptor, Reply


def polite(fields: Fields) -> Reply:
    kind = value(fields, 35) or b""
    if kind == b"A":
        return [[(35, "A"), (98, 0), (108, 30), (141, "Y")]]
    if kind == b"1":
        return [[(35, "0"), (112, value(fields, 112) or b"")]]
    return [[(35, "5")]] if kind == b"5" else []


def settings(*words: str) -> object:
    from internaliser.cli.trying import VERBS

    verb = next(verb for verb in VERBS if verb.words == "certify")
    parser = Parser(verb)
    verb.arguments(parser)
    return settings_of(parser.read(words))


def test_a_clause_that_holds_and_one_that_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    with FixAcceptor(polite) as node:
        where = [f":{node.port}", "--timeout-s", "0.2"]
        assert run_command(["certify", *where, "--only", "session/31_test_request"]) == 0
        node._next_out = 1
        assert run_command(["certify", *where, "--only", "80_target_missing", "--json"]) == 1
    *lines, last = capsys.readouterr().out.splitlines()
    assert lines[0] == f"1 clauses, FIX.4.4, acceptor at :{node.port}: CLIENT1 with NODE"
    assert lines[-1].startswith("1 of 1 clauses passed (100.0 %)")
    row = json.loads(last)
    assert (row["result"], row["step"]) == ("failed", "< 3|45={out-1}|371=56|372=0|373=1")


def test_nobody_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with FixAcceptor(polite) as node:
        port = node.port
    assert run_command(["certify", f":{port}", "--only", "31_test_request"]) == 1
    assert capsys.readouterr().err == f"internaliser: 127.0.0.1:{port}: Connection refused\n"


def test_the_clauses_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["certify", "--list", "--only", "31_test_request"]) == 0
    assert capsys.readouterr().out.startswith("session/31_test_request")


def test_an_address_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["certify"]) == 2
    assert "HOST:PORT is required" in capsys.readouterr().err


def test_options_become_settings(tmp_path: Path) -> None:
    from internaliser.certify.settings import Settings

    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    told = settings(
        *(":1", "--version", "FIX.4.2", "--and-sender", "TWO", "--price", "1.5", "--lot", "0.01"),
        *("--password-file", str(secret), "--order-fields", "1=ACC|21=1", "--reset", "never"),
    )
    assert isinstance(told, Settings)
    assert (told.version.name, told.second, told.reset) == ("FIX.4.2", "TWO", "never")
    assert (told.price, told.lot, told.password) == (Decimal("1.5"), Decimal("0.01"), "s3cret")
    assert told.order_fields == ("1=ACC", "21=1")
    assert opening(":1", told, 3) == "3 clauses, FIX.4.2, acceptor at :1: CLIENT1 and TWO with NODE"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--version", "FIX.9"], "one of FIX.4.2, FIX.4.4, FIXT.1.1"),
        (["--reset", "maybe"], "one of logon, acceptor, never"),
        (["--price", "cheap"], "expected a decimal"),
        (["--tick", "0"], "expected more than 0"),
        (["--order-fields", "account"], "expected tag=value|tag=value"),
        (["--password-file", "/nonexistent/secret"], "No such file"),
    ],
)
def test_wrong_options_are_refused(words: list[str], text: str) -> None:
    with pytest.raises(UsageError) as refused:
        settings(":1", *words)
    assert text in str(refused.value)


def test_without_tls_there_is_no_context() -> None:
    from argparse import Namespace

    assert tls_of(Namespace(tls=False)) is None
    assert tls_of(Namespace(tls=True, tls_ca=None, tls_cert=None, tls_key=None)) is not None
