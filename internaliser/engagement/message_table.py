"""One message as a table: tag, name, type, whether it is required, its values.

    | tag | field | type | required | values |
    | 54 | Side | CHAR | yes | 1, 2 |

Members of a repeating group follow its count with one > per level.
"""

from collections.abc import Iterable, Iterator

from internaliser.fix.spec import FieldSpec, Member, MessageSpec, Spec

VALUES_SHOWN_MAX = 12  # more are told in the list of values only


def message_table(spec: Spec, message: MessageSpec) -> str:
    """The fields of a message between header and trailer, as a Markdown table."""
    return member_table(spec, message.members)


def member_table(spec: Spec, members: Iterable[Member]) -> str:
    """Any list of members as a Markdown table."""
    rows = ["| tag | field | type | required | values |", "| --- | --- | --- | --- | --- |"]
    for depth, member in walk(members):
        field = spec.fields[member.tag]
        name = f"{'> ' * depth}{field.name}"
        required = "yes" if member.is_required else ""
        rows.append(f"| {field.tag} | {name} | {field.type} | {required} | {_values(field)} |")
    return "\n".join(rows)


def walk(members: Iterable[Member], depth: int = 0) -> Iterator[tuple[int, Member]]:
    """Every member with how many groups it is in, in order."""
    for member in members:
        yield depth, member
        if member.group is not None:
            yield from walk(member.group, depth + 1)


def value_list(field: FieldSpec) -> str:
    """All values of a field and what they are called, as one Markdown row."""
    told = ", ".join(
        f"{value} {name.replace('_', ' ').lower()}" if name else value
        for value, name in field.values.items()
    )
    return f"| {field.tag} | {field.name} | {told} |"


def _values(field: FieldSpec) -> str:
    values = list(field.values)
    if len(values) > VALUES_SHOWN_MAX:
        return f"{' '.join(values[:VALUES_SHOWN_MAX])} .. (see Values)"
    return " ".join(values)
