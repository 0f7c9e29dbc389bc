"""A small language for what goes into the core and what comes out.

    client A fees 0 20000       fees MAKER TAKER [ROUTED], scope N, self N, gross, finite, orders N
    source X fee 10000          fee N, adj N, rounds N, stale SECONDS, answer SECONDS, finite
    listing X lot 5 least 10    what X takes: tick N, lot N, least N, most N, worth N; or "off"
    fund A USD 1000             client or source, asset, amount
    > A new a1 buy 10 @ 100     an input; "market" for "@ 100"; then gtc, ioc, fok, local, again
      A a1 accepted new 0/10    and every event it must cause, in order
    = book 10@100 | 5@101       a statement about the state

Inputs: A new|cancel|replace|status; view X [bids Q@P ..] [asks Q@P ..]; source X up|down|stale;
report X CHILD working|fill Q@P|canceled|rejected|expired|unknown-there|gone [cum N] [final]
[exec ID] [fee N] [paid N]; holds X ASSET FREE LOCKED; silent X; mark [TWICE_THE_MID];
overdue CHILD; day end [on]; admin VERB .. [on]; clock SECONDS; epoch; A mass_cancel|mass_status ID
[buy|sell] [type T]; A dispute CL_ORD_ID EXEC_ID [WORDS]; link SESSION up [session|account]
[grace SECONDS]; link SESSION down [logout]; due (the timer that is due now). Sessions come with
`session A`, in order; `via N` at the end of a new order names another than the first. `on`: the
last such command goes on, as the door repeats what a step left over.

Outputs: CLIENT CL_ORD_ID[<ORIG] EVENT STATUS CUM/QTY [LAST_QTY@LAST_PX LIQUIDITY [at SOURCE]]
[fee N] [REASON]; SOURCE CHILD EVENT STATE CUM/QTY@PRICE [LAST_QTY@LAST_PX] [REASON]; state KIND
ACTION [REASON] [count N] [more]; mass CLIENT ID AFFECTED [REASON]
[CL_ORD_ID ..]; "post ..." only in a scenario that begins with "postings".

Statements: book; account OWNER ASSET AMOUNT [reserved N]; order CLIENT CL_ORD_ID FIELD VALUE.

After every step the core checks itself. At the end all of it is replayed from what would have been
journalled and from a snapshot: events and state hash must be equal.
"""

from __future__ import annotations

from collections.abc import Iterator

from internaliser.model import records
from internaliser.model.commands import admin_command
from internaliser.model.records import Record

from .market import NS, Market

CHILD_BITS = (1 << 44) - 1
SEQ_BITS = 44
TIFS = ("day", "gtc", "ioc", "fok")


def at(word: str) -> tuple[int, int]:
    """ "4@100" -> (100, 4): price first, as views and depth have it."""
    qty, price = word.split("@")
    return int(price), int(qty)


class Scenario:
    """One text, run line by line."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.shows_postings = False
        self.first_steps: dict[str, int] = {}  # of the commands that may go on

    # --- inputs -----------------------------------------------------------------------------------

    def first_step(self, words: list[str]) -> int:
        """0 for a command's first step, which is remembered; for others the id of that one."""
        if words[-1] == "on":
            return self.first_steps[" ".join(words[:-1])]
        core = self.market.core
        self.first_steps[" ".join(words)] = core.epoch << SEQ_BITS | core.seq + 1
        return 0

    def command(self, words: list[str]) -> bytes:
        market = self.market
        verb = words[0]
        if verb in market.clients:
            return self.order_entry(market.clients[verb], words[1:])
        if verb == "view":
            return self.view(words[1:])
        if verb == "source":
            return records.source_state(source=market.sources[words[1]], action=words[2])
        if verb == "report":
            return self.report(words[1:])
        if verb in ("holds", "silent"):
            return self.balance(words)
        if verb == "mark":
            return records.mark(instrument=0, price=int(words[1]) if words[1:] else 0)
        if verb == "overdue":
            return records.timer(action="child_overdue", child_id=self.child_id(words[1]))
        if verb == "day":
            return records.timer(action="day_end", child_id=self.first_step(words))
        if verb == "epoch":
            return records.epoch()
        if verb == "link":
            return self.link(words[1:])
        if verb == "due":
            due = market.core.timer_due(market.now_ns)
            assert due is not None, "nothing is due"
            return bytes(due)
        assert verb == "admin", verb
        return self.admin(words[1:])

    def link(self, words: list[str]) -> bytes:
        session = int(words[0])
        if words[1] == "down":
            reason = "logout" if "logout" in words else "disconnect"
            return records.link(action="down", session=session, reason=reason)
        cancels = next((word for word in words[2:] if word in ("session", "account")), "none")
        grace_ns = int(words[words.index("grace") + 1]) * NS if "grace" in words else 0
        return records.link(action="up", session=session, cancels=cancels, grace_ns=grace_ns)

    def mass(self, client: int, words: list[str]) -> bytes:
        verb, request_id = words[:2]
        side = next((word for word in words[2:] if word in ("buy", "sell")), None)
        request_type = words[words.index("type") + 1] if "type" in words else "7"
        if verb == "mass_cancel":
            return records.mass_cancel(
                client=client, cl_ord_id=request_id, side=side, request_type=request_type
            )
        return records.mass_status(
            client=client, request_id=request_id, side=side, request_type=request_type
        )

    def order_entry(self, client: int, words: list[str]) -> bytes:
        if words[0] in ("mass_cancel", "mass_status"):
            return self.mass(client, words)
        if words[0] == "dispute":
            name = next(name for name, index in self.market.clients.items() if index == client)
            order_id = self.order_row(name, words[1])["order_id"]
            told = " ".join(words[3:])
            return records.dispute(client=client, order_id=order_id, exec_id=words[2], words=told)
        verb, cl_ord_id, rest = words[0], words[1], words[2:]
        if verb == "new":
            flags = sum(
                bit for word, bit in (("local", 1), ("gross", 2), ("again", 4)) if word in rest
            )
            return records.new_order(
                client=client, instrument=0, side=rest[0], qty=int(rest[1]), cl_ord_id=cl_ord_id,
                ord_type="market" if "market" in rest else "limit",
                price=int(rest[rest.index("@") + 1]) if "@" in rest else 0,
                tif=next((word for word in rest if word in TIFS), "day"), flags=flags,
                session=int(rest[rest.index("via") + 1]) if "via" in rest else 0,
            )  # fmt: skip
        orig = rest[rest.index("of") + 1] if "of" in rest else ""
        if verb == "cancel":
            return records.cancel_order(client=client, cl_ord_id=cl_ord_id, orig_cl_ord_id=orig)
        if verb == "status":
            return records.order_status(client=client, cl_ord_id=cl_ord_id)
        assert verb == "replace", verb
        return records.replace_order(
            client=client, cl_ord_id=cl_ord_id, orig_cl_ord_id=orig, qty=int(rest[2]),
            price=int(rest[rest.index("@") + 1]) if "@" in rest else 0,
            tif=next((word for word in rest if word in TIFS), None),
        )  # fmt: skip

    def view(self, words: list[str]) -> bytes:
        sides: dict[str, list[tuple[int, int]]] = {"bids": [], "asks": []}
        side = ""
        for word in words[1:]:
            if word in sides:
                side = word
            else:
                sides[side].append(at(word))
        return records.market_view(
            source=self.market.sources[words[0]],
            instrument=0,
            bids=sides["bids"],
            asks=sides["asks"],
        )

    def report(self, words: list[str]) -> bytes:
        what = words[2]
        last_px, last_qty = at(words[3]) if what == "fill" else (0, 0)
        exec_types = {
            "working": "new",
            "fill": "trade",
            "unknown-there": "order_status",
            "gone": "order_status",
        }
        return records.venue_report(
            source=self.market.sources[words[0]], child_id=self.child_id(words[1]),
            exec_type=exec_types.get(what, what), last_qty=last_qty, last_px=last_px,
            cum_qty=int(words[words.index("cum") + 1]) if "cum" in words else -1,
            is_final="final" in words or what in ("canceled", "rejected", "expired"),
            not_found=2 if what == "gone" else int(what == "unknown-there"),
            exec_id=words[words.index("exec") + 1] if "exec" in words else "",
            fee=int(words[words.index("fee") + 1]) if "fee" in words else 0,
            fee_asset=1 if "fee" in words else None,
            notional=int(words[words.index("paid") + 1]) if "paid" in words else 0,
        )  # fmt: skip

    def balance(self, words: list[str]) -> bytes:
        source = self.market.sources[words[1]]
        if words[0] == "silent":
            return records.venue_balance(source=source, asset=None)
        return records.venue_balance(
            source=source, asset=self.market.assets[words[2]], free=int(words[3]),
            locked=int(words[4]), stated_ns=self.market.now_ns - 1,
        )  # fmt: skip

    def admin(self, words: list[str]) -> bytes:
        market = self.market
        client = next((market.clients[word] for word in words[1:] if word in market.clients), None)
        source = next((market.sources[word] for word in words[1:] if word in market.sources), None)
        if words[0] == "resolve_child":
            price, qty = at(words[2])
            return admin_command(
                "resolve_child", target_id=self.child_id(words[1]), qty=qty, price=price
            )
        if words[0] == "cancel_order":
            return admin_command("cancel_order", target_id=self.order_id(words[1], words[2]))
        first = self.first_step(words)
        return admin_command(words[0], client=client, source=source, target_id=first)

    def child_id(self, word: str) -> int:
        return (
            self.market.core.epoch << 44 | int(word[1:])
            if ":" not in word
            else self.old_child(word)
        )

    def old_child(self, word: str) -> int:
        epoch, name = word.split(":")
        return int(epoch) << 44 | int(name[1:])

    def order_id(self, client: str, cl_ord_id: str) -> int:
        return self.order_row(client, cl_ord_id)["order_id"]

    def order_row(self, client: str, cl_ord_id: str) -> dict[str, int]:
        return next(
            row for row in self.market.core.orders()
            if row["client"] == client and row["cl_ord_id"] == cl_ord_id
        )  # fmt: skip

    # --- outputs ----------------------------------------------------------------------------------

    def told(self, events: list[Record]) -> list[str]:
        lines = []
        for event in events:
            if event.kind == "posting" and not self.shows_postings:
                continue
            lines.append(" ".join(word for word in getattr(self, event.kind)(event) if word))
        return lines

    def order_event(self, event: Record) -> Iterator[str]:
        names = list(self.market.clients)
        yield names[event.client]
        yield event.cl_ord_id + (f"<{event.orig_cl_ord_id}" if event.orig_cl_ord_id else "")
        yield event.event
        yield event.ord_status
        yield f"{event.cum_qty}/{event.qty}"
        if event.event == "executed":
            yield f"{event.last_qty}@{event.last_px} {event.liquidity}"
            yield "" if event.source is None else f"at {list(self.market.sources)[event.source]}"
            yield f"fee {event.fee}" if event.fee else ""
        if event.event == "mass_status":
            yield f"of {event.note} {event.number or '?'}"
            yield "last" if event.detail else ""
        if event.event == "disputed":
            yield f"case {event.number} {chr(event.detail)} {event.note}"
        yield event.reason or ""

    def child_event(self, event: Record) -> Iterator[str]:
        yield list(self.market.sources)[event.source]
        yield f"c{event.child_id & CHILD_BITS}"
        yield event.event
        yield event.state
        yield f"{event.cum_qty}/{event.qty}@{event.price}"
        yield f"{event.last_qty}@{event.last_px}" if event.event == "filled" else ""
        yield event.reason or ""

    def state_event(self, event: Record) -> Iterator[str]:
        yield "state"
        yield event.of
        yield event.action or ""
        yield event.reason or ""
        yield f"count {event.count}" if event.count else ""
        yield "more" if event.more else ""

    def mass_event(self, event: Record) -> Iterator[str]:
        yield "mass"
        yield list(self.market.clients)[event.client]
        yield event.cl_ord_id
        yield str(event.affected)
        yield event.reason or ""
        yield from (name for _, name in event.orders)

    def posting(self, event: Record) -> Iterator[str]:
        rows = self.market.core.accounts()
        yield "post"
        yield event.purpose
        yield f"{event.amount} {list(self.market.assets)[event.asset]}"
        yield f"{rows[event.debit_account]['owner']} -> {rows[event.credit_account]['owner']}"

    # --- statements -------------------------------------------------------------------------------

    def state(self, words: list[str]) -> str:
        if words[0] == "book":
            bids, asks = self.market.core.depth(0)
            halves = [" ".join(f"{qty}@{price}" for price, qty, _ in half) for half in (bids, asks)]
            return " ".join(f"book {halves[0]} | {halves[1]}".split())
        if words[0] == "order":
            row = self.order_row(words[1], words[2])
            return " ".join([*words[:4], str(row[words[3]])])
        assert words[0] == "account", words
        row = next(
            row for row in self.market.core.accounts()
            if row["owner"] == words[1] and row["asset"] == words[2]
        )  # fmt: skip
        told = f"account {words[1]} {words[2]} {row['balance']}"
        return told + (f" reserved {row['reserved']}" if "reserved" in words else "")

    # --- running ----------------------------------------------------------------------------------

    def set_up(self, words: list[str]) -> None:
        number = {word: words[i + 1] for i, word in enumerate(words[:-1])}
        terms: dict[str, int] = {}
        if words[0] == "fund":
            self.market.fund(words[1], words[2], int(words[3]))
            return
        if "finite" in words:
            terms["has_unlimited_credit"] = 0
        if words[0] == "client":
            if "fees" in words:
                fees = [
                    int(word)
                    for word in words[words.index("fees") + 1 :]
                    if word.lstrip("-").isdigit()
                ]
                terms |= dict(zip(("maker_fee", "taker_fee", "routed_fee"), fees, strict=False))
            for word, field in (
                ("scope", "scope"),
                ("self", "self_match"),
                ("orders", "open_orders_max"),
            ):
                if word in number:
                    terms[field] = int(number[word])
            terms["never_worse_gross"] = int("gross" in words)
            self.market.client(words[1], **terms)
            return
        if words[0] == "listing":
            for word, field in (
                ("tick", "price_step"),
                ("lot", "qty_step"),
                ("least", "qty_min"),
                ("most", "qty_max"),
                ("worth", "notional_min"),
            ):
                if word in number:
                    terms[field] = int(number[word])
            if "off" in words:
                terms["is_listed"] = 0
            self.market.listing(words[1], **terms)
            return
        if words[0] == "session":
            self.market.session(words[1])
            return
        assert words[0] == "source", words
        for word, field in (
            ("fee", "taker_fee"),
            ("adj", "credit_adj"),
            ("rounds", "child_rounds_max"),
        ):
            if word in number:
                terms[field] = int(number[word])
        for word, field in (("stale", "stale_after_ns"), ("answer", "answer_after_ns")):
            if word in number:
                terms[field] = int(number[word]) * NS
        self.market.source(words[1], **terms)

    def run(self, text: str) -> None:
        expected: list[str] = []
        found: list[str] = []
        for line in text.strip().splitlines():
            words = line.split("#")[0].split()
            if not words:
                continue
            if words[0] == ">":
                assert found == expected
                expected, found = [], self.step(words[1:])
            elif words[0] == "=":
                assert self.state(words[1:]) == " ".join(words[1:])
            elif words[0] in ("client", "session", "source", "listing", "fund"):
                self.set_up(words)
            elif words[0] == "postings":
                self.shows_postings = True
            else:
                expected.append(" ".join(words))
        assert found == expected

    def step(self, words: list[str]) -> list[str]:
        if words[0] == "clock":
            self.market.now_ns += int(float(words[1]) * NS)
            return []
        command = bytearray(self.command(words))
        command[16:24] = self.market.now_ns.to_bytes(8, "little")
        return self.told(self.market.apply(bytes(command)))


def play(text: str, **limits: int) -> Market:
    """Run a scenario; the market afterwards."""
    market = Market(**limits)
    Scenario(market).run(text)
    digest = market.core.state_hash()
    assert market.replayed().state_hash() == digest
    copy = market.copied()
    copy.check()
    assert copy.state_hash() == digest
    return market
