"""The desk of one node: its projections, the journal they follow, and who answers from them.

desk = EdgeDesk(node, change)       # before the core works: the state must not move meanwhile
desk.read()                         # a bounded piece of the journal
desk.is_ready(question)             # read up to where it was asked?
desk.answer(question)
"""

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

from internaliser import log
from internaliser.cold.desk import NEEDS_EXECUTIONS, Desk
from internaliser.cold.executions import EXECUTED, TYPE_AT, Executions
from internaliser.cold.positions import Positions
from internaliser.cold.question import Out, Question
from internaliser.cold.records import RecordReader
from internaliser.cold.replay import Replay
from internaliser.cold.securities import Securities
from internaliser.cold.standing import Standing
from internaliser.cold.statuses import Statuses
from internaliser.cold.subscriptions import Subscriptions
from internaliser.cold.tail import JournalTail
from internaliser.cold.trades import Trades
from internaliser.cold.users import ChangePassword, Throttle, Users
from internaliser.gateway.reports import report
from internaliser.held import names_of
from internaliser.journal.reader import JournalReader, Record
from internaliser.model.fields import record_fields
from internaliser.names import KIND_STATE_EVENT
from internaliser.throttles import allowance_of

if TYPE_CHECKING:
    from internaliser.node import Node

KIND_DISPUTE = 16  # model/record.pxd
KIND_ORDER_EVENT = 100
FIX50 = 3  # fix/version.pxd
RECORDS_MAX = 4_000  # of each tail at once


class EdgeDesk:
    """Two tails: states from where the node started, executions from the journal's beginning.

    States are read when the core has written some, the executions once somebody asks for them,
    from then on all the time.
    """

    def __init__(self, node: "Node", change_password: ChangePassword) -> None:
        limits, core = node.config.requests, node.state.core
        names = names_of(core)
        journal = node.folder.journal
        self._core = core
        self._names = names
        self._records = RecordReader(journal, node.writer.segment_size)
        self.standing = Standing.of(core, names)
        self.executions = Executions(limits.executions_max)
        self.subscriptions = Subscriptions(limits.subscriptions_max)
        states = JournalReader(journal, durable_only=True)
        states.seek(node.writer.next_position)
        self._writer, self._steps = node.writer, node.state.steps
        self._before = self._steps.notable_count
        self._states = JournalTail(states)
        self._states.subscribe(KIND_STATE_EVENT, self._take_state)
        self._states.subscribe(KIND_DISPUTE, self._take_dispute)
        self._past = JournalTail(JournalReader(journal, durable_only=True))
        self._past.subscribe(KIND_ORDER_EVENT, self.executions.take, (TYPE_AT, EXECUTED))
        self._is_past_wanted = False
        trades = Trades(names, core.node_id, self.executions, self._records.at, self.subscriptions)
        self._trades = trades
        self._desk = Desk(
            Securities(names, limits.answer_bytes_max),
            Statuses(self.standing, self.subscriptions),
            trades,
            Positions(names, core.client_accounts),
            Users(
                [Throttle(limits.unanswered_max)],
                change_password,
                of_client=lambda client: [
                    Throttle(per_s, 1) for per_s in allowance_of(node.config, client).rates()
                ],
                usernames={c.name: c.username for c in node.config.clients if c.username},
            ),
            Replay(self.executions, self._report),
        )

    def read(self) -> bool:
        """A piece of what is durable; whether there is more. Raises DataError on a damage."""
        has_more = self._read_states()
        return (self._is_past_wanted and self._past.read(RECORDS_MAX)) or has_more

    def _read_states(self) -> bool:
        batch_no, position = self._writer.released  # before the count, which covers it then
        if self._steps.notable_count - self._before == self._states.taken:
            self._states.pass_over(batch_no, position)
            return False
        return self._states.read(RECORDS_MAX)

    def is_ready(self, question: Question) -> bool:
        """Whether everything is known that happened before the question."""
        if question.msg_type not in NEEDS_EXECUTIONS:
            return self._states.has_read(question.batch_no)
        self._is_past_wanted = True
        return self._past.has_read(question.batch_no)

    def answer(self, question: Question) -> Iterator[Out | None]:
        """As the desk's."""
        return self._desk.answer(question)

    def close(self) -> None:
        """Let go of the files."""
        self._states.close()
        self._past.close()
        self._records.close()

    def _take_state(self, record: Record) -> None:
        self.standing.take(record_fields(record.data))

    def _take_dispute(self, record: Record) -> None:
        """A line for the operator; `dump cases` has the whole."""
        fields = record_fields(record.data)
        log.event(
            "case_opened",
            level=logging.WARNING,
            client=self._names.client(fields["client"]),
            exec_id=fields["note"].partition(" ")[0],
            why=fields["action"],
        )

    def _report(self, client: int, number: int) -> bytes | None:
        told = report(self._core, self._trades.record(client, number), FIX50)
        return None if told is None else told[1]
