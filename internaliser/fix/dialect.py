"""What one counterparty's FIX differs in from the version's, as data.

A dialect is a QuickFIX dictionary of the differences alone, laid over the version's:

    message     its members are added to ours; one we know takes the `required` given here
    header      the same for every message, and the trailer
    field       a new tag; or one we know, of the same name and type, with the values allowed here

    >>> overlaid(load("fix_specs/FIX44.xml"), "fix_specs/example_dialect.xml").fields[6001].name
    'StrategyID'
"""

from collections.abc import Iterable
from os import PathLike, fspath

from internaliser.fix.spec import FieldSpec, Member, MessageSpec, Spec, begin_string_of, load

TRANSPORT, CARRIED = "FIXT.1.1", "FIX.5.0"  # a session of the one carries messages of the other


def version_of(path: str | PathLike[str]) -> str:
    """BeginString(8) of the sessions that the file is for. ValueError, naming it, when none."""
    told = begin_string_of(path)
    return TRANSPORT if told == CARRIED else told


def overlaid(base: Spec, path: str | PathLike[str]) -> Spec:
    """`base` with the differences in the file at `path`.

    ValueError, naming the file, for what does not fit: another version, a tag or a name that means
    something else in `base`, a message that the dialect wants taken in (what is, the node decides).
    """
    own = load(path, known=base.fields)
    try:
        return _joined(base, own, fspath(path))
    except ValueError as error:
        raise ValueError(f"{fspath(path)}: {error}") from None


def _joined(base: Spec, own: Spec, path: str) -> Spec:
    version = TRANSPORT if own.begin_string == CARRIED else own.begin_string
    if version != base.begin_string:
        raise ValueError(f"a dialect of {own.begin_string}, laid over {base.begin_string}")
    names = {field.name: tag for tag, field in base.fields.items()}
    for tag, field in own.fields.items():
        _check_field(base.fields.get(tag), field, names.get(field.name, tag))
    messages = dict(base.messages)
    for msg_type, message in own.messages.items():
        messages[msg_type] = _message(base.messages.get(msg_type), message)
    return Spec(
        path=f"{base.path} + {path}",
        begin_string=base.begin_string,
        fields={**base.fields, **own.fields},
        header=_members(base.header, own.header, "the header"),
        trailer=_members(base.trailer, own.trailer, "the trailer"),
        messages=messages,
    )


def _check_field(known: FieldSpec | None, told: FieldSpec, tag_of_name: int) -> None:
    if known is not None and (known.name, known.type) != (told.name, told.type):
        raise ValueError(
            f"field {told.tag} is {told.name} ({told.type}) here and {known.name} ({known.type})"
            " in the version: a dialect gives it other values at most"
        )
    if tag_of_name != told.tag:
        raise ValueError(
            f"{told.name} is field {told.tag} here and {tag_of_name} in the version: give it"
            " another name"
        )


def _message(known: MessageSpec | None, told: MessageSpec) -> MessageSpec:
    if told.accepted_by:
        raise ValueError(f"message {told.name}: what is taken in, a dialect does not say")
    if known is None:
        return told
    if known.name != told.name:
        raise ValueError(
            f"message {told.msg_type} is {told.name} here and {known.name} in the version"
        )
    members = _members(known.members, told.members, f"message {told.name}")
    return MessageSpec(known.msg_type, known.name, known.is_admin, known.accepted_by, members)


def _members(known: Iterable[Member], told: Iterable[Member], where: str) -> tuple[Member, ...]:
    changed = {member.tag: member for member in told}
    kept = [_member(member, changed.pop(member.tag, member), where) for member in known]
    return (*kept, *changed.values())


def _member(known: Member, told: Member, where: str) -> Member:
    if (known.group is None) != (told.group is None):
        is_group = "is" if known.group is not None else "is not"
        raise ValueError(f"{where}: field {known.tag} {is_group} the count of a group")
    if known.group is None or told.group is None:
        return told
    members = _members(known.group, told.group, f"{where}, group {known.tag}")
    return Member(known.tag, told.is_required, members)
