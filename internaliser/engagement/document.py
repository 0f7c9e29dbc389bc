"""The document of one version, as Markdown: chapters written by people, tables made of fix_specs.

    >>> print(document("FIX.4.4"))

Chapters lie in `chapters`, in the order of their names. A line that begins with a version in
brackets, as "[FIX.4.2] ...", stands only in the documents of the versions it names.
"""

import re
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path

from internaliser.dictionaries import FILES, dictionary_of
from internaliser.engagement.conversation import Line, conversation, first_of
from internaliser.engagement.message_table import member_table, message_table, value_list, walk
from internaliser.engagement.refusals import order_refusals, session_refusals
from internaliser.errors import UsageError
from internaliser.fix.spec import Member, MessageSpec, Spec

_VERSIONED = re.compile(r"\[((?:FIXT?\.\d\.\d ?)+)\] ?(.*)")


def document(version: str, dialect: str | None = None) -> str:
    """The rules of engagement in `version`, with one counterparty's `dialect` (a file) of it.

    UsageError for a version that is not spoken, and a file that is no dialect of it.
    """
    if version not in FILES:
        raise UsageError(f"{version} is not spoken here: one of {', '.join(FILES)}")
    examples = first_of(conversation(version))
    if dialect is None:
        title, spec = version, dictionary_of(version).spec
    else:
        title, spec = f"{version}, dialect {Path(dialect).name}", _dialect_spec(version, dialect)
        examples = {key: one for key, one in examples.items() if _is_ours(spec, version, key[0])}
    parts = [f"# Rules of engagement, {title}", *_chapters(version)]
    parts += ["## Header of every message", member_table(spec, spec.header)]
    parts += _messages(spec, examples, is_sent=True)
    parts += _messages(spec, examples, is_sent=False)
    parts += [
        "## Refusals of a message: Reject(3)",
        session_refusals(spec),
        "## Refusals and ends of an order",
        order_refusals(version),
        "## Known to the version, not offered",
        _not_offered(spec),
        "## Values",
        _values(spec, examples),
    ]
    return "\n\n".join(parts) + "\n"


def _dialect_spec(version: str, dialect: str) -> Spec:
    try:
        return dictionary_of(version, dialect=dialect).spec
    except ValueError as error:
        raise UsageError(str(error)) from None


def _is_ours(spec: Spec, version: str, msg_type: str) -> bool:
    """The dialect leaves the message as it is, so that our example is one of it as well."""
    return spec.messages[msg_type] == dictionary_of(version).spec.messages[msg_type]


def _chapters(version: str) -> Iterator[str]:
    folder = files(__package__).joinpath("chapters")
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        yield "\n".join(_lines_for(version, path.read_text().strip().splitlines()))


def _lines_for(version: str, lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        versioned = _VERSIONED.fullmatch(line)
        if versioned is None:
            yield line
        elif version in versioned[1].split():
            yield versioned[2]


def told(spec: Spec, examples: dict[tuple[str, bool], Line], is_sent: bool) -> list[MessageSpec]:
    """The messages a client may send, or will be sent, those of the session layer first."""
    return [
        message
        for message in sorted(spec.messages.values(), key=lambda m: (not m.is_admin, m.name))
        if ("acceptor" in message.accepted_by if is_sent else (message.msg_type, False) in examples)
    ]


def _messages(
    spec: Spec, examples: dict[tuple[str, bool], Line], *, is_sent: bool
) -> Iterator[str]:
    yield "## Messages you may send" if is_sent else "## Messages you are sent"
    for message in told(spec, examples, is_sent):
        yield f"### {message.name} (35={message.msg_type})"
        yield message_table(spec, message)
        example = examples.get((message.msg_type, is_sent))
        if example is not None:
            yield f"Example ({example.title.lower()}):\n\n    {example.text}"


def _not_offered(spec: Spec) -> str:
    names = (f"{m.name}({m.msg_type})" for m in spec.messages.values() if not m.accepted_by)
    return (
        f"Answered with a BusinessMessageReject(j), 380=3: {', '.join(sorted(names))}, and every "
        "MsgType(35) that only another version has. What none has gets a Reject(3), 373=11."
    )


def _values(spec: Spec, examples: dict[tuple[str, bool], Line]) -> str:
    messages = [*told(spec, examples, is_sent=True), *told(spec, examples, is_sent=False)]
    members: list[Member] = [member for _, member in walk(spec.header)]
    members += [member for message in messages for _, member in walk(message.members)]
    tags = sorted({member.tag for member in members if spec.fields[member.tag].values})
    rows = ["| tag | field | values |", "| --- | --- | --- |"]
    return "\n".join([*rows, *(value_list(spec.fields[tag]) for tag in tags)])
