"""The document as a whole."""

import re

import pytest

from internaliser.dictionaries import FILES as VERSIONS
from internaliser.dictionaries import dictionary_of
from internaliser.engagement.document import document
from internaliser.errors import UsageError


@pytest.mark.parametrize("version", VERSIONS)
def test_every_message_taken_in_is_described_with_an_example(version: str) -> None:
    text = document(version)
    sent = text.split("## Messages you may send")[1].split("## Messages you are sent")[0]
    for message in dictionary_of(version).spec.messages.values():
        if "acceptor" in message.accepted_by:
            part = sent.split(f"### {message.name} (35={message.msg_type})")[1].split("###")[0]
            assert "| tag | field | type | required | values |" in part
            if message.msg_type not in ("3", "4", "j"):
                assert f"|35={message.msg_type}|" in part


@pytest.mark.parametrize("version", VERSIONS)
def test_every_message_that_is_sent_is_described_with_what_was_sent(version: str) -> None:
    text = document(version).split("## Messages you are sent")[1]
    assert re.search(r"### ExecutionReport \(35=8\)", text)
    assert re.search(rf"    8={version}\|9=\d+\|35=8\|", text)


def test_a_paragraph_stands_only_in_the_versions_it_names() -> None:
    assert "DefaultApplVerID(1137)=9" in document("FIXT.1.1")
    assert "DefaultApplVerID(1137)=9" not in document("FIX.4.4")
    assert "[FIX" not in "".join(document(version) for version in VERSIONS)


def test_a_version_that_is_not_spoken_is_refused_with_those_that_are() -> None:
    with pytest.raises(UsageError, match=r"FIX\.4\.0 is not spoken here: one of FIX\.4\.2"):
        document("FIX.4.0")
