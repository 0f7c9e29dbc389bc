"""A FIX dictionary as data: which fields, values, messages and groups exist.

The files (fix_specs/*.xml) are QuickFIX dictionaries. One attribute is ours and ignored by
QuickFIX: `accepted-by` on a message names the roles ("acceptor", "initiator") that take it in; a
message without it is known but not offered. Knows nothing of bytes or sessions;
`dictionary.Dictionary` compiles it for checking.

    >>> load("fix_specs/FIX44.xml").fields[54].values["1"]
    'BUY'
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike, fspath
from xml.etree import ElementTree

# Data types of FIX 4.0 to 5.0 and the format each is checked as.
FORMATS = {
    "STRING": "STRING", "EXCHANGE": "STRING", "CURRENCY": "STRING", "COUNTRY": "STRING",
    "LANGUAGE": "STRING", "LOCALMKTTIME": "STRING", "TZTIMEONLY": "STRING",
    "TZTIMESTAMP": "STRING", "TIME": "STRING",
    "CHAR": "CHAR", "BOOLEAN": "BOOLEAN",
    "INT": "INT", "LENGTH": "COUNT", "SEQNUM": "COUNT", "NUMINGROUP": "COUNT",
    "DAYOFMONTH": "COUNT",
    "FLOAT": "FLOAT", "PRICE": "FLOAT", "QTY": "FLOAT", "AMT": "FLOAT", "PERCENTAGE": "FLOAT",
    "PRICEOFFSET": "FLOAT", "QUANTITY": "FLOAT",
    "UTCTIMESTAMP": "TIMESTAMP", "UTCDATEONLY": "DATE", "UTCDATE": "DATE", "LOCALMKTDATE": "DATE",
    "DATE": "DATE", "UTCTIMEONLY": "CLOCK", "MONTHYEAR": "MONTHYEAR",
    "MULTIPLEVALUESTRING": "MULTIPLE", "MULTIPLESTRINGVALUE": "MULTIPLE",
    "MULTIPLECHARVALUE": "MULTIPLE",
    "DATA": "DATA", "XMLDATA": "DATA",
}  # fmt: skip
ROLES = frozenset({"acceptor", "initiator"})


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One tag. `values` maps each allowed value to its name; empty = anything of the type."""

    tag: int
    name: str
    type: str
    values: dict[str, str]

    @property
    def format(self) -> str:
        return FORMATS[self.type]


@dataclass(frozen=True, slots=True)
class Member:
    """A field of a message or group. `group` holds the members of a repeating group, else None."""

    tag: int
    is_required: bool
    group: "tuple[Member, ...] | None"


@dataclass(frozen=True, slots=True)
class MessageSpec:
    """One MsgType(35). `accepted_by`: the roles that take it in."""

    msg_type: str
    name: str
    is_admin: bool
    accepted_by: frozenset[str]
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Spec:
    """A whole dictionary, components resolved. Messages are keyed by MsgType, fields by tag."""

    path: str
    begin_string: str
    fields: dict[int, FieldSpec]
    header: tuple[Member, ...]
    trailer: tuple[Member, ...]
    messages: dict[str, MessageSpec]


def load(
    path: str | PathLike[str],
    application: str | PathLike[str] | None = None,
    *,
    known: Mapping[int, FieldSpec] | None = None,
) -> Spec:
    """Read a dictionary file; of FIXT, with the file of the `application` messages it carries.

    `known`: fields that a file of differences (dialect.py) may name without defining them.
    ValueError, naming the file, for what is not a usable dictionary.
    """
    if application is not None:
        return _joined(load(path), load(application))
    with _named(path):
        return _Reader(ElementTree.parse(path).getroot(), known).spec(fspath(path))


def begin_string_of(path: str | PathLike[str]) -> str:
    """The version that a dictionary file is of, as "FIX.4.4"; "FIX.5.0" where FIXT.1.1 carries it.

    ValueError, naming the file, when it says none.
    """
    with _named(path):
        return _version(ElementTree.parse(path).getroot())


@contextmanager
def _named(path: str | PathLike[str]) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ValueError(f"{fspath(path)}: {error.strerror}") from error
    except (ElementTree.ParseError, ValueError) as error:
        raise ValueError(f"{fspath(path)}: {error}") from error


def _version(root: ElementTree.Element) -> str:
    return ".".join(_attribute(root, key) for key in ("type", "major", "minor"))


def _joined(transport: Spec, application: Spec) -> Spec:
    """Header, trailer and session layer of the one, messages of the other."""
    return Spec(
        path=f"{transport.path} + {application.path}",
        begin_string=transport.begin_string,
        fields=application.fields | transport.fields,
        header=transport.header,
        trailer=transport.trailer,
        messages=application.messages | transport.messages,
    )


def flat(members: Iterable[Member]) -> Iterator[Member]:
    """All members, those of groups included, in order."""
    for member in members:
        yield member
        if member.group is not None:
            yield from flat(member.group)


class _Reader:
    def __init__(
        self, root: ElementTree.Element, known: Mapping[int, FieldSpec] | None = None
    ) -> None:
        self.root = root
        self.is_whole = known is None
        self.fields = dict(self._fields())
        everything = {**(known or {}), **self.fields}
        self.tags = {field.name: tag for tag, field in everything.items()}
        self.components = {
            _attribute(element, "name"): element
            for element in root.iterfind("components/component")
        }

    def spec(self, path: str) -> Spec:
        begin_string = _version(self.root)
        messages = {}
        for element in self.root.iterfind("messages/message"):
            message = self._message(element)
            if message.msg_type in messages:
                raise ValueError(f"MsgType {message.msg_type!r} is defined twice")
            messages[message.msg_type] = message
        if self.is_whole and not messages:
            raise ValueError("no messages are defined")
        return Spec(
            path=path,
            begin_string=begin_string,
            fields=self.fields,
            header=self._section("header"),
            trailer=self._section("trailer"),
            messages=messages,
        )

    def _section(self, name: str) -> tuple[Member, ...]:
        element = self.root.find(name)
        return () if element is None else self._members(element, f"the {name}")

    def _fields(self) -> Iterator[tuple[int, FieldSpec]]:
        seen: set[int] = set()
        for element in self.root.iterfind("fields/field"):
            name, number, kind = (_attribute(element, key) for key in ("name", "number", "type"))
            if not number.isdecimal() or int(number) == 0:
                raise ValueError(f"field {name}: number {number!r} is no tag")
            if int(number) in seen:
                raise ValueError(f"field {name}: tag {number} is defined twice")
            if kind not in FORMATS:
                raise ValueError(f"field {name}: unknown type {kind!r}")
            values = {
                _attribute(value, "enum"): value.get("description", "")
                for value in element.iterfind("value")
            }
            seen.add(int(number))
            yield int(number), FieldSpec(int(number), name, kind, values)

    def _message(self, element: ElementTree.Element) -> MessageSpec:
        name = _attribute(element, "name")
        accepted_by = frozenset(element.get("accepted-by", "").split())
        if accepted_by - ROLES:
            raise ValueError(f"message {name}: accepted-by must be of {sorted(ROLES)}")
        return MessageSpec(
            msg_type=_attribute(element, "msgtype"),
            name=name,
            is_admin=element.get("msgcat") == "admin",
            accepted_by=accepted_by,
            members=self._members(element, f"message {name}"),
        )

    def _members(self, parent: ElementTree.Element, where: str) -> tuple[Member, ...]:
        members = tuple(self._walk(parent, where, is_required=True, open_components=()))
        seen: set[int] = set()
        for member in members:
            if member.tag in seen:
                raise ValueError(f"{where}: {self.fields[member.tag].name} is named twice")
            seen.add(member.tag)
        return members

    def _walk(
        self,
        parent: ElementTree.Element,
        where: str,
        *,
        is_required: bool,
        open_components: tuple[str, ...],
    ) -> Iterator[Member]:
        for element in parent:
            name = _attribute(element, "name")
            needed = is_required and element.get("required", "N").upper() == "Y"
            if element.tag == "component":
                if name not in self.components:
                    raise ValueError(f"{where}: component {name} is not defined")
                if name in open_components:
                    raise ValueError(f"{where}: component {name} contains itself")
                yield from self._walk(
                    self.components[name],
                    where,
                    is_required=needed,
                    open_components=(*open_components, name),
                )
                continue
            if name not in self.tags:
                raise ValueError(f"{where}: field {name} is not defined")
            if element.tag == "group":
                group = self._members(element, f"{where}, group {name}")
                if not group:
                    raise ValueError(f"{where}: group {name} is empty")
                yield Member(self.tags[name], needed, group)
            else:
                yield Member(self.tags[name], needed, None)


def _attribute(element: ElementTree.Element, name: str) -> str:
    value = element.get(name)
    if not value:
        raise ValueError(f"<{element.tag}> without {name}: {dict(element.attrib)}")
    return value
