"""A core whose every step is written to a journal, as the node writes it, without sessions."""

from collections.abc import Callable, Iterable
from pathlib import Path

from internaliser.config import Config
from internaliser.core.core import Core
from internaliser.journal.folder import DataFolder
from internaliser.model.commands import epoch_command
from internaliser.model.records import split_records
from internaliser.node_config import Held, commands_for
from tests.records import open_journal

Change = Callable[[bytes], bytes]


def journal_of(
    data: Path, config: Config, commands: Iterable[bytes], change: Change = lambda record: record
) -> Core:
    """Apply the configuration and `commands`, journal all of it; `change` may falsify a record."""
    core = Core(config.node.id, 10_000, 10_000)
    start = epoch_command(1, core.rules_version)
    with DataFolder(data) as folder, open_journal(folder, config.node.id) as writer:
        for command in [start, *commands_for(config, Held()), *commands]:
            _, stamped, views, events = core.apply_raw(command)
            for record in [*split_records(views), stamped, *split_records(events)]:
                writer.write(change(record))
            writer.end_batch(core.now_ns, False)
    return core
