"""Application replay in 5.0SP2: BW asks for a client's executions by number, BX answers, the
ExecutionReports come, BY says that it is done.

ApplID(1180) is "EXEC". ApplSeqNum(1181) counts a client's executions from 1 for ever, so it does
not know of session numbers and survives their reset. A replayed report is the one sent before, with
the same ExecID(17), and says so with PossResend(97)=Y and ApplResendFlag(1352)=Y. In 4.4 the same
is had by AD (trades.py).
"""

from collections.abc import Callable, Iterator

from internaliser.cold.executions import Executions
from internaliser.cold.question import Out, Question, body

APPL_ID = "EXEC"
# ApplReqType(1347)
RETRANSMIT, SUBSCRIBE, LAST_NUMBER, NAMES, CANCEL = "0", "1", "2", "3", "4"
OK, NO_SUCH_ID, NOT_HELD = 0, 1, 2  # ApplResponseType(1348)
COMPLETED = 3  # ApplReportType(1426)

Report = Callable[[int, int], bytes | None]


class Replay:
    """`report` gives the body of the ExecutionReport of a client's execution of that number."""

    def __init__(self, executions: Executions, report: Report) -> None:
        self._executions = executions
        self._report = report

    def on_request(self, question: Question) -> Iterator[Out | None]:
        """BX, the reports, BY."""
        kind = question.text(1347)
        kept = self._executions.numbers(question.client)
        names = question.texts(1355)
        if kind in (LAST_NUMBER, NAMES):
            yield self._ack(question, OK, kept.stop - 1, None)
            return
        if kind != RETRANSMIT:
            text = "ApplReqType(1347): 0 (retransmission), 2 (last number) and 3 (ids) are answered"
            yield self._ack(question, NO_SUCH_ID, kept.stop - 1, text)
            return
        if not names or any(name != APPL_ID for name in names):
            yield self._ack(question, NO_SUCH_ID, kept.stop - 1, f"the one RefApplID is {APPL_ID}")
            return
        try:
            first = int(question.text(1182) or 1)
            last = int(question.text(1183) or 0) or kept.stop - 1
        except ValueError:
            yield self._ack(question, NO_SUCH_ID, kept.stop - 1, "1182 and 1183 are numbers")
            return
        wanted = range(max(first, kept.start), min(last, kept.stop - 1) + 1)
        is_whole = first >= kept.start and last < kept.stop
        gap = None if is_whole else f"held are {kept.start} to {kept.stop - 1}"
        yield self._ack(question, OK if is_whole else NOT_HELD, kept.stop - 1, gap, len(wanted))
        for number in wanted:
            told = self._report(question.client, number)
            if told is not None:
                # 97 belongs to the header, which a body follows at once.
                control = body((97, "Y"), (1180, APPL_ID), (1181, number), (1352, "Y"))
                yield Out("8", control + told, is_kept=False)
        yield self._done(question, wanted, gap)

    def _ack(
        self, question: Question, response: int, last: int, text: str | None, count: int = 0
    ) -> Out:
        """An ApplicationMessageRequestAck(BX)."""
        return Out(
            "BX",
            body(
                (1353, f"{question.text(1346)}-ack"[-64:]),
                (1346, question.text(1346)),
                (1347, question.text(1347)),
                (1348, response),
                (1349, count),
                (1351, 1),
                (1355, APPL_ID),
                (1182, question.text(1182) or 1),
                (1183, question.text(1183) or 0),
                (1357, last),
                (58, text),
            ),
        )

    def _done(self, question: Question, sent: range, gap: str | None) -> Out:
        """An ApplicationMessageReport(BY)."""
        return Out(
            "BY",
            body(
                (1356, f"{question.text(1346)}-done"[-64:]),
                (1426, COMPLETED),
                (1346, question.text(1346)),
                (1351, 1),
                (1355, APPL_ID),
                (1399, sent.stop),
                (1357, sent.stop - 1),
                (58, gap),
            ),
            is_kept=False,
        )
