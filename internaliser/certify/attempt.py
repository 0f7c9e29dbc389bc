"""One clause under way: its steps against the links of its talkers."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol

from internaliser.certify.logon import fill, leave, log_on, tidy
from internaliser.certify.message import Message, mismatch
from internaliser.certify.names import Names
from internaliser.certify.script import Step
from internaliser.certify.settings import Settings
from internaliser.certify.talker import Ended, Event, Talker
from internaliser.certify.wire import Clock

PENDING = frozenset("A6E")  # ExecType(150) of reports that a venue may leave out
RECONNECT_S = 0.05  # for an engine that closes a link before it frees the session


class ClauseFailed(Exception):
    """Something else came than the step expects."""

    def __init__(self, why: str, came: str) -> None:
        super().__init__(why)
        self.why = why
        self.came = came


class Owner(Protocol):
    """Whom an attempt has its sessions and ids from: the runner."""

    settings: Settings
    clock: Clock

    def fresh_id(self) -> str: ...
    def talker(self, name: str, names: Names, say: Callable[[str, str, str], None]) -> Talker: ...


class Attempt:
    """One clause under way."""

    def __init__(self, owner: Owner) -> None:
        self.settings = owner.settings
        self.clock = owner.clock
        self.owner = owner
        self.names = Names(
            self.settings.names(), self.settings.lot, self.clock.now_ns, owner.fresh_id
        )
        self.transcript: list[str] = []
        self.talkers: dict[str, Talker] = {}
        self.step: Step | None = None  # under way
        self.expected = ""
        self.mark_s = self.clock.now_s()  # when the last step was done

    def talker(self, name: str) -> Talker:
        """By name; a twin has the first one's numbers as they are now."""
        if name not in self.talkers:
            talker = self.owner.talker(name, self.names, self._say)
            if name == "twin":
                talker.counters = replace(talker.counters)
            self.talkers[name] = talker
        return self.talkers[name]

    def do(self, steps: Iterable[Step]) -> None:
        """Every step. ClauseFailed at the first that does not hold."""
        for step in steps:
            self.step = step
            self.expected = expectation(step)
            if step.verb == "block":
                self._block(step)
            elif step.verb in ("expect", "maybe"):
                self._expect(step)
            elif step.verb == "do":
                self._deed(step)
            else:
                is_raw, in_pieces = step.verb == "raw", step.verb == "in pieces"
                talker = self.talker(step.talker)
                talker.send(step.words, is_raw=is_raw, in_pieces=in_pieces)
            self.mark_s = self.clock.now_s()

    def end(self, *, is_sound: bool) -> None:
        """Cancel what still rests and leave every link."""
        for talker in self.talkers.values():
            tidy(talker, is_sound=is_sound)
            leave(talker)

    def _say(self, talker: str, direction: str, text: str) -> None:
        who = "" if talker == "first" else f"{talker} "
        self.transcript.append(f"{who}{direction} {text}")

    # ---- receiving -----------------------------------------------------------------------------

    def _deadline_s(self, step: Step, default_s: float) -> float:
        return self.mark_s + (step.within_s or default_s)

    def _next(self, talker: Talker, deadline_s: float, wanted: Callable[[Event], str]) -> str:
        """The next event that is not passed over has been judged by `wanted`; what it said.

        The event is still there unless "": then it fits. Nothing came: "nothing came".
        """
        while True:
            event = talker.peek(deadline_s)
            if event is None:
                return "nothing came"
            fault = wanted(event)
            if not fault or not self._pass_over(talker, event):
                return fault

    def _pass_over(self, talker: Talker, event: Event) -> bool:
        """Take what may come at any time: heartbeats, pending reports, a question if we live."""
        if not isinstance(event, Message):
            return False
        kind = event.msg_type
        is_report = kind == "8" and (event.get(150) or "") in PENDING
        is_theirs = self.settings.is_listening and kind not in tuple("012345A")
        if not (kind == "1" or (kind == "0" and event.get(112) is None) or is_report or is_theirs):
            return False
        self._take(talker)
        if kind == "1" and not talker.is_silent:
            talker.send(("0", f"112={event.get(112)}"))
        return True

    def _take(self, talker: Talker, named: Iterable[int] = ()) -> None:
        event = talker.peek(self.clock.now_s())
        fault = talker.take(frozenset(named))
        if fault:
            raise ClauseFailed(fault, str(event))

    def _judge(self, talker: Talker, step: Step) -> Callable[[Event], str]:
        def wanted(event: Event) -> str:
            if not isinstance(event, Message):
                return str(event)
            numbers = talker.numbers
            return mismatch(event, step.msg_type, step.conditions, self.names, numbers)

        return wanted

    def _expect(self, step: Step) -> None:
        talker = self.talker(step.talker)
        is_maybe = step.verb == "maybe"
        default_s = self.settings.quiet_s if is_maybe else self.settings.timeout_s
        deadline_s = self._deadline_s(step, default_s)
        fault = self._next(talker, deadline_s, self._judge(talker, step))
        if fault and is_maybe:
            return
        if fault:
            raise self._failure(talker, fault)
        early_s = self.clock.now_s() - self.mark_s
        came = str(talker.peek(self.clock.now_s()))
        self._take(talker, (condition.tag for condition in step.conditions))
        if early_s < step.after_s:
            raise ClauseFailed(f"came after {early_s:.2f} s, not after {step.after_s:g} s", came)

    def _failure(self, talker: Talker, fault: str) -> ClauseFailed:
        event = talker.peek(self.clock.now_s())
        return ClauseFailed(fault, "nothing" if event is None else str(event))

    def _ended(self, step: Step) -> None:
        """closed, or refused: the end, after a Reject or Logout that says why."""
        talker = self.talker(step.talker)
        deadline_s = self._deadline_s(step, self.settings.timeout_s)

        def wanted(event: Event) -> str:
            if isinstance(event, Ended):
                return ""
            return f"35={event.msg_type}" if isinstance(event, Message) else str(event)

        while True:
            fault = self._next(talker, deadline_s, wanted)
            if not fault:
                talker.take()
                return
            if step.words[0] != "refused" or fault not in ("35=3", "35=5"):
                raise self._failure(talker, f"{fault}, and the link was not closed")
            talker.drop()

    def _quiet(self, step: Step, seconds: float) -> None:
        talker = self.talker(step.talker)
        fault = self._next(talker, self.mark_s + seconds, lambda event: "something came")
        if fault != "nothing came":
            raise self._failure(talker, fault)

    # ---- deeds and blocks ----------------------------------------------------------------------

    def _deed(self, step: Step) -> None:
        talker, words = self.talker(step.talker), step.words
        if words[0] == "logon":
            fields = tuple("=".join(words[-1:]).split("|")) if "=" in words[-1] else ()
            log_on(talker, fields, is_kept="kept" in words)
        elif words[0] == "connect":
            if talker.was_connected:
                self.clock.sleep(RECONNECT_S)
            talker.connect()
        elif words[0] == "disconnect":
            talker.disconnect()
        elif words[0] in ("closed", "refused"):
            self._ended(step)
        elif words[0] == "ping":
            self._ping(step, talker)
        elif words[0] == "quiet":
            self._quiet(step, float(words[1]))
        elif words[0] == "wait":
            self._wait(float(words[1]))
        elif words[0] == "silent":
            talker.is_silent = True
        elif words[0] == "fill":
            fill(talker)
        else:
            assert words[0] == "next"
            number = int(self.names.expected(words[2], talker.numbers))
            if words[1] == "out":
                talker.counters.next_out = number
            else:
                talker.counters.next_in = number

    def _ping(self, step: Step, talker: Talker) -> None:
        test_req_id = self.owner.fresh_id()
        talker.send(("1", f"112={test_req_id}"))
        self.expected = f"Heartbeat(0) with 112={test_req_id}, and nothing before it"

        def wanted(event: Event) -> str:
            if not isinstance(event, Message):
                return str(event)
            is_answer = event.msg_type == "0" and event.get(112) == test_req_id
            return "" if is_answer else f"35={event.msg_type} came before the answer"

        fault = self._next(talker, self._deadline_s(step, self.settings.timeout_s), wanted)
        if fault:
            raise self._failure(talker, fault)
        self._take(talker)

    def _wait(self, seconds: float) -> None:
        """Let time pass with our heartbeats; what comes meanwhile stays to be judged."""
        end_s = self.clock.now_s() + seconds
        while (now_s := self.clock.now_s()) < end_s:
            due_s = [
                talker.last_out_s + talker.heart_bt_s
                for talker in self.talkers.values()
                if talker.wire is not None and not talker.is_silent
            ]
            self.clock.sleep(max(0.0, min([end_s, *due_s]) - now_s))
            for talker in self.talkers.values():
                is_due = self.clock.now_s() >= talker.last_out_s + talker.heart_bt_s
                if talker.wire is not None and not talker.is_silent and is_due:
                    talker.send(("0",))

    def _block(self, step: Step) -> None:
        if step.words[0] == "repeat":
            for _ in range(int(step.words[1])):
                self.do(step.branches[0])
        elif step.text == "at once":
            self._at_once(step.branches[0])
        elif step.text == "in any order":
            self._in_any_order(step.branches[0])
        else:
            self._either(step)

    def _at_once(self, steps: tuple[Step, ...]) -> None:
        data: dict[str, bytes] = {}
        for step in steps:
            message = self.talker(step.talker).message(step.words, is_raw=step.verb == "raw")
            data[step.talker] = data.get(step.talker, b"") + message
        for name, together in data.items():
            self.talker(name).write([together])

    def _in_any_order(self, steps: tuple[Step, ...]) -> None:
        left = list(steps)
        deadline_s = self.mark_s + self.settings.timeout_s
        while left:
            talker = self.talker(left[0].talker)
            mine = [step for step in left if step.talker == left[0].talker]
            found: list[Step] = []

            def wanted(event: Event) -> str:
                faults = []
                for step in mine:  # noqa: B023
                    fault = self._judge(talker, step)(event)  # noqa: B023
                    if not fault:
                        found.append(step)  # noqa: B023
                        return ""
                    faults.append(fault)
                return "; ".join(faults)

            self.expected = " and ".join(expectation(step) for step in mine)
            fault = self._next(talker, deadline_s, wanted)
            if fault:
                raise self._failure(talker, fault)
            self._take(talker, (condition.tag for condition in found[0].conditions))
            left.remove(found[0])

    def _either(self, step: Step) -> None:
        firsts = [branch[0] for branch in step.branches]
        talker = self.talker(firsts[0].talker)
        quiets = [float(first.words[1]) for first in firsts if first.words[:1] == ("quiet",)]
        deadline_s = self.mark_s + (quiets[0] if quiets else self.settings.timeout_s)
        chosen: list[int] = []

        def wanted(event: Event) -> str:
            faults = []
            for at, first in enumerate(firsts):
                fault = self._first_fault(talker, first, event)
                if not fault:
                    chosen.append(at)
                    return ""
                faults.append(fault)
            return "; ".join(faults)

        self.expected = ", or ".join(expectation(first) for first in firsts)
        fault = self._next(talker, deadline_s, wanted)
        if fault == "nothing came" and quiets:
            chosen = [at for at, first in enumerate(firsts) if first.words[:1] == ("quiet",)]
            self.do(step.branches[chosen[0]][1:])
        elif fault:
            raise self._failure(talker, fault)
        else:
            self.do(step.branches[chosen[0]])

    def _first_fault(self, talker: Talker, first: Step, event: Event) -> str:
        if first.verb == "expect":
            return self._judge(talker, first)(event)
        if first.words[0] == "quiet":
            return "something came"
        if isinstance(event, Ended):
            return ""
        is_word = isinstance(event, Message) and event.msg_type in ("3", "5")
        return "" if is_word and first.words[0] == "refused" else str(event)


def expectation(step: Step) -> str:
    """What a step waits for, in words; "" for one that waits for nothing."""
    if step.verb in ("expect", "maybe"):
        conditions = ", ".join(str(condition) for condition in step.conditions)
        time = f" after {step.after_s:g} s" if step.after_s else ""
        time += f" within {step.within_s:g} s" if step.within_s else ""
        return f"35={step.msg_type}{' with ' if conditions else ''}{conditions}{time}"
    if step.verb == "do":
        return {
            "closed": "the link is closed, with nothing more said",
            "refused": "the link is closed, after a Reject or Logout or after none",
            "quiet": "nothing",
            "logon": "a Logon as answer",
        }.get(step.words[0], "")
    return ""
