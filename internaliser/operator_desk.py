"""What the operator asks of a running node: a request becomes an ADMIN command, then an answer.

    desk = OperatorDesk(names, submit, tail, end)
    server = ControlServer(data_dir, desk.handlers())

Every command is journalled with who asked and why. The answer is read back from the journal, so it
is given only once the command and its outcome are durable. Runs on the edge thread.
"""

import asyncio
import itertools
import time
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from internaliser.config.rules import steps
from internaliser.control import Answer, Handler, Request
from internaliser.errors import ControlError
from internaliser.gateway.ids import id_of
from internaliser.journal.reader import JournalReader
from internaliser.model.commands import admin_command
from internaliser.model.fields import record_fields
from internaliser.names import KIND_STATE_EVENT, Names

KIND_ADMIN = 9  # model/record.pxd
OWNER_CLIENT, OWNER_SOURCE, OWNER_HOUSE, OWNER_OUTSIDE = 1, 2, 3, 4  # core/accounts.pxd
WHO_MAX = 24  # with the number they fit TEXT_MAX of model/command.pxd
WHY_MAX = 80
OUTCOME_TIMEOUT_S = 5.0
POLL_S = 0.001

Fields = dict[str, Any]


class OperatorDesk:
    """Turns requests into commands and waits for what the journal says of them.

    `submit` hands one command to the core thread and returns whether there was room for it. `tail`
    reads only what is durable; `end` tells a position behind all that is durable now.
    """

    def __init__(
        self,
        names: Names,
        submit: Callable[[bytes], bool],
        tail: JournalReader,
        end: Callable[[], int],
    ) -> None:
        self._names = names
        self._submit = submit
        self._tail = tail
        self._end = end
        self._numbers = itertools.count(1)
        self._started = f"{int(time.time()):x}"
        self._one_at_a_time = asyncio.Lock()

    def handlers(self) -> Mapping[str, Handler]:
        """By verb, for the control channel."""
        makers: dict[str, Callable[[Request], Fields]] = {
            "halt": lambda request: self._switch("halt", request),
            "reduce": lambda request: self._switch("reduce", request),
            "resume": lambda request: self._switch("resume", request),
            "cancel": self._cancel,
            "resolve-child": self._resolve_child,
            "transfer": self._transfer,
            "day-end": lambda request: {"action": "day_end"},
        }
        return {verb: self._handler(maker) for verb, maker in makers.items()}

    def _handler(self, maker: Callable[[Request], Fields]) -> Handler:
        async def handler(request: Request) -> Answer:
            note = self._note(request)
            fields = maker(request)
            command = admin_command(fields.pop("action"), note=note, **fields)
            return await self._perform(command, note)

        return handler

    async def _perform(self, command: bytes, note: str) -> Answer:
        """Submit, then follow the journal to the outcome. Raises ControlError with its reason."""
        async with self._one_at_a_time:
            self._tail.seek(self._end())  # what happened before is not the answer
            if not self._submit(command):
                raise ControlError("the core has no room for a command now; ask again")
            deadline_s = time.monotonic() + OUTCOME_TIMEOUT_S
            seqs: set[int] = set()
            count = 0
            while time.monotonic() < deadline_s:
                for record in self._tail:
                    if record.kind == KIND_ADMIN:
                        if record_fields(record.data)["note"] == note:
                            seqs.add(record.seq)
                    elif record.kind == KIND_STATE_EVENT and record.seq in seqs:
                        outcome = record_fields(record.data)
                        if outcome["reason"] is not None:
                            raise ControlError(f"refused: {outcome['reason']}")
                        count += outcome["count"]
                        if not outcome["more"]:
                            return {"seq": record.seq, "count": count}
                await asyncio.sleep(POLL_S)
        raise ControlError(f"no outcome within {OUTCOME_TIMEOUT_S:g} s: look into the journal")

    def _note(self, request: Request) -> str:
        """Who and why, and a number that no other command has."""
        who, why = _text(request, "who", WHO_MAX), _text(request, "why", WHY_MAX)
        return f"{who}: {why} [{self._started}.{next(self._numbers)}]"

    def _switch(self, action: str, request: Request) -> Fields:
        client, venue = request.get("client"), request.get("venue")
        if client is not None and venue is not None:
            raise ControlError("expected a client or a venue, found both")
        return {
            "action": action,
            "client": None if client is None else self._client(client),
            "source": None if venue is None else self._venue(venue),
        }

    def _cancel(self, request: Request) -> Fields:
        given = [key for key in ("order_id", "client", "all") if request.get(key)]
        if len(given) != 1:
            raise ControlError("expected exactly one of an order, a client or all")
        if given == ["order_id"]:
            return {"action": "cancel_order", "target_id": _id(request["order_id"])}
        if given == ["client"]:
            return {"action": "cancel_client", "client": self._client(request["client"])}
        return {"action": "cancel_all"}

    def _resolve_child(self, request: Request) -> Fields:
        symbol = request.get("symbol")
        terms = _find(self._names.instruments, symbol, "instrument")[1]
        lot = Decimal(terms["lot_mantissa"]).scaleb(-terms["qty_decimals"])
        tick = Decimal(terms["tick_mantissa"]).scaleb(-terms["price_decimals"])
        qty = _count(request, "filled", lot, f"lots of {symbol}")
        price = _count(request, "price", tick, f"ticks of {symbol}") if qty else 0
        if qty and not price:
            raise ControlError("a filled quantity needs the price it was filled at")
        return {
            "action": "resolve_child",
            "target_id": _id(request.get("child_id")),
            "qty": qty,
            "price": price,
        }

    def _transfer(self, request: Request) -> Fields:
        asset, terms = _find(self._names.assets, request.get("asset"), "asset")
        unit = Decimal(1).scaleb(-terms["decimals"])
        amount = _count(request, "amount", unit, f"units of {request.get('asset')}")
        if amount == 0:
            raise ControlError("expected an amount above zero")
        debit_kind, debit_owner = self._owner(request.get("from"))
        credit_kind, credit_owner = self._owner(request.get("to"))
        return {
            "action": "transfer",
            "transfer": {
                "asset": asset,
                "amount": amount,
                "debit_kind": debit_kind,
                "debit_owner": debit_owner,
                "credit_kind": credit_kind,
                "credit_owner": credit_owner,
            },
        }

    def _owner(self, text: object) -> tuple[int, int]:
        """ "client:ALICE", "venue:MARKET", "house" or "outside"."""
        kind, _, name = str(text).partition(":")
        if kind == "client":
            return OWNER_CLIENT, self._client(name)
        if kind == "venue":
            return OWNER_SOURCE, self._venue(name)
        if text in ("house", "outside"):
            return (OWNER_HOUSE if text == "house" else OWNER_OUTSIDE), 0
        raise ControlError(f"expected client:NAME, venue:NAME, house or outside, found {text}")

    def _client(self, name: object) -> int:
        return _find(self._names.clients, name, "client")[0]

    def _venue(self, name: object) -> int:
        return _find(self._names.sources, name, "venue")[0]


def _find(shelf: list[Fields], name: object, what: str) -> tuple[int, Fields]:
    for index, fields in enumerate(shelf):
        if fields["name"] == name:
            return index, fields
    raise ControlError(f"no {what} is named {name}")


def _id(text: object) -> int:
    found = id_of(text) if isinstance(text, str) else None
    if found is None:
        raise ControlError(f"expected an id like 1-1-42, found {text}")
    return found[1]


def _count(request: Request, key: str, unit: Decimal, what: str) -> int:
    """A decimal text of the request as a whole, not negative number of `unit`s."""
    text = request.get(key, "0")
    try:
        value = Decimal(str(text))
        count = steps(value, unit) if value.is_finite() and abs(value.adjusted()) < 60 else None
    except InvalidOperation:
        count = None
    if count is None or count < 0:
        raise ControlError(f"{key}: expected a whole number of {what} ({unit:f}), found {text}")
    return count


def _text(request: Request, key: str, most: int) -> str:
    text = request.get(key)
    if not isinstance(text, str) or not 1 <= len(text) <= most or not text.isprintable():
        raise ControlError(f"{key}: expected 1 to {most} printable characters, found {text!r}")
    return text.encode("latin-1", "replace").decode("latin-1")
