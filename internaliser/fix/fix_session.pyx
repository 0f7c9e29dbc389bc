"""A session for Python: tests, tools and simulators hold one object and move bytes.

    >>> client = FixSession("initiator", "FIX.4.4", "CLIENT1", "NODE")
    >>> client.connect(0)
    >>> client.data_to_send().split(b"\\x01")[2:4]
    [b'35=A', b'34=1']

Sent application messages are kept in memory for resends. The owner moves bytes both ways and closes
the link when an event says so; time is whatever it says it is.
"""

from libc.stdint cimport UINT32_MAX, int64_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset, strlen

from collections import namedtuple

from internaliser.fix.buffer cimport (
    Buffer, buffer_append, buffer_close, buffer_consume, buffer_open,
)
from internaliser.fix.codec cimport (
    FRAME_GARBLED, FRAME_MESSAGE, FRAME_OVERSIZE, FRAME_PARTIAL, Message, frame, parse,
)
from internaliser.fix.dictionary cimport Dictionary, Verdict
from internaliser.fix.outgoing cimport reason_text
from internaliser.fix.session cimport *
from internaliser.fix.version cimport STATUS_NONE, version_of

cdef enum:
    START_CAPACITY = 4096
    BEGIN_STRING_SIZE = 16

SessionEvent = namedtuple(
    "SessionEvent", "kind msg_seq_num msg_type message", defaults=(0, "", b"")
)
LogonIdentity = namedtuple("LogonIdentity", "begin_string sender target")

STATES = {
    SESSION_DISCONNECTED: "disconnected",
    SESSION_LOGON_SENT: "logon_sent",
    SESSION_LOGON_RECEIVED: "logon_received",
    SESSION_ACTIVE: "active",
    SESSION_LOGOUT_SENT: "logout_sent",
}
NEXT_EXPECTED = {
    "never": NEXT_EXPECTED_NEVER,
    "answered": NEXT_EXPECTED_ANSWERED,
    "always": NEXT_EXPECTED_ALWAYS,
}
TEST_RULES = {"any": TEST_ANY, "production": TEST_REFUSED, "test": TEST_WANTED}
TOO_LOW_RULES = {"logout": TOO_LOW_LOGOUT, "reject": TOO_LOW_REJECT}
KINDS = {
    SESSION_APPLICATION: "application",
    SESSION_CLOSE: "close",
    SESSION_LOGGED_ON: "logged_on",
    SESSION_CLOSE_NOW: "close_now",
    SESSION_UNSUPPORTED: "unsupported",
}


def choice(dict choices, str name, str option):
    """The number of a named choice; ValueError naming them all."""
    if name not in choices:
        raise ValueError(f"{option} must be one of {', '.join(choices)}, not {name!r}")
    return choices[name]


cdef int fetch_sent(void* context, uint16_t session, uint64_t msg_seq_num,
                    StoredMessage* out) noexcept with gil:
    cdef tuple found = (<dict> context).get(msg_seq_num)
    cdef bytes body
    cdef bytes msg_type
    if found is None:
        return 0
    msg_type, body, out.sending_time_ns, out.is_own_order = found
    out.body = body
    out.body_size = <uint32_t> len(body)
    memset(out.msg_type, 0, sizeof(out.msg_type))
    memcpy(out.msg_type, <const char*> msg_type, len(msg_type))
    return 1


cdef int set_text(char* to, Py_ssize_t capacity, str text, str name) except -1:
    cdef bytes raw = text.encode("ascii")
    if not 0 < len(raw) < capacity or b"\x01" in raw or b"\x00" in raw:
        raise ValueError(
            f"{name} must have 1 to {capacity - 1} characters and no SOH, not {text!r}"
        )
    memcpy(to, <const char*> raw, len(raw))


cdef class FixSession:
    """One FIX session, `role` "acceptor" or "initiator"; without a dictionary it checks no fields.

    `keeps_early`: messages behind a gap are kept and handed out once it is filled, instead of
    waiting for their repeat. `next_expected`: whether our Logon has NextExpectedMsgSeqNum(789):
    "never", "answered" (an acceptor's, when the peer's has it) or "always". `tells_last`: 369 in
    every header. `test_session`: "any", "production" or "test" (464). `too_low`: "logout" or
    "reject". `reset_on_logon`: an initiator asks for it (141=Y), an acceptor does
    it at every Logon. A session goes on where another left off with its `next_in`, `next_out` and
    `sent`.
    """
    cdef Session session
    cdef Buffer input
    cdef Buffer output
    cdef Buffer early
    cdef Message* message
    cdef uint32_t message_limit
    cdef Dictionary dictionary
    cdef bytes logon_fields
    cdef bytes closed_text
    cdef readonly dict sent
    cdef readonly int garbled_count
    cdef readonly object last_refusal
    cdef readonly bint was_reset

    def __cinit__(self, str role, str begin_string, str sender, str target, *,
                  Dictionary dictionary=None, uint32_t heart_bt_s=30, bint reset_on_logon=False,
                  uint64_t next_in=1, uint64_t next_out=1, dict sent=None,
                  bytes logon_fields=b"", bint keeps_early=False, uint32_t timestamp_digits=3,
                  uint32_t resend_chunk=256, double resend_pause_s=0, uint32_t message_limit=65536,
                  uint64_t buffer_limit=16 << 20, double sending_time_window_s=120,
                  double logon_timeout_s=10, double logout_timeout_s=2,
                  str next_expected="answered", bint tells_last=False, str test_session="any",
                  str too_low="logout", uint32_t resend_ask_max=0, uint32_t gap_asks_max=5,
                  uint32_t resend_repeats_max=32, uint64_t resend_output_max=0,
                  uint32_t message_size_told=0):
        if role not in ("acceptor", "initiator"):
            raise ValueError(f"role must be 'acceptor' or 'initiator', not {role!r}")
        if timestamp_digits not in (0, 3, 6, 9):
            raise ValueError(f"timestamp_digits must be 0, 3, 6 or 9, not {timestamp_digits}")
        memset(&self.session, 0, sizeof(Session))
        self.session.role = ROLE_ACCEPTOR if role == "acceptor" else ROLE_INITIATOR
        set_text(self.session.begin_string, BEGIN_STRING_SIZE, begin_string, "begin_string")
        self.session.version = version_of(
            self.session.begin_string, <uint32_t> strlen(self.session.begin_string)
        )
        set_text(self.session.sender, COMP_ID_MAX, sender, "sender")
        set_text(self.session.target, COMP_ID_MAX, target, "target")
        self.session.reset_on_logon = reset_on_logon
        self.session.heart_bt_wanted_s = heart_bt_s
        self.session.heart_bt_s = heart_bt_s
        self.session.next_in = next_in
        self.session.next_out = next_out
        self.session.limits.sending_time_window_ns = <int64_t> (sending_time_window_s * 1e9)
        self.session.limits.logon_timeout_ns = <int64_t> (logon_timeout_s * 1e9)
        self.session.limits.logout_timeout_ns = <int64_t> (logout_timeout_s * 1e9)
        self.session.limits.heart_bt_min_s = 1
        self.session.limits.heart_bt_max_s = 60
        self.session.limits.resend_chunk = resend_chunk
        self.session.limits.resend_pause_ns = <int64_t> (resend_pause_s * 1e9)
        self.session.limits.timestamp_digits = timestamp_digits
        self.session.limits.resend_ask_max = resend_ask_max
        self.session.limits.gap_asks_max = gap_asks_max
        self.session.limits.resend_repeats_max = resend_repeats_max
        self.session.limits.resend_output_max = resend_output_max
        self.session.limits.message_size_told = message_size_told
        self.session.next_expected = choice(NEXT_EXPECTED, next_expected, "next_expected")
        self.session.tells_last = tells_last
        self.session.test_rule = choice(TEST_RULES, test_session, "test_session")
        self.session.too_low_rule = choice(TOO_LOW_RULES, too_low, "too_low")
        self.closed_text = b""
        self.logon_fields = logon_fields
        self.session.logon_fields = logon_fields
        self.session.logon_fields_size = <uint32_t> len(logon_fields)
        self.dictionary = dictionary
        if dictionary is not None:
            self.session.dictionary = <void*> dictionary
        self.sent = {} if sent is None else sent
        self.session.store.context = <void*> self.sent
        self.session.store.fetch = fetch_sent
        self.message_limit = message_limit
        self.message = <Message*> malloc(sizeof(Message))
        if (self.message == NULL or buffer_open(&self.input, START_CAPACITY, buffer_limit) < 0
                or buffer_open(&self.output, START_CAPACITY, buffer_limit) < 0
                or buffer_open(&self.early, START_CAPACITY, buffer_limit) < 0):
            raise MemoryError
        if keeps_early:
            self.session.early = &self.early

    def __dealloc__(self):
        free(self.message)
        buffer_close(&self.input)
        buffer_close(&self.output)
        buffer_close(&self.early)

    # ---- receiving ----

    def connect(self, int64_t now_ns):
        """A link came up. An initiator's Logon is then in data_to_send()."""
        self.input.start = self.input.end = 0
        self.output.start = self.output.end = 0
        session_connected(&self.session, now_ns, &self.output)
        self.note_reset()

    def disconnect(self, int64_t now_ns):
        """The link is gone. Counters and sent messages stay; bytes not yet taken are lost."""
        self.input.start = self.input.end = 0
        self.output.start = self.output.end = 0
        session_disconnected(&self.session, now_ns)

    def receive_data(self, bytes data not None, int64_t now_ns):
        """Bytes of the link, cut anywhere. What happened, in order; nothing after a "close"."""
        cdef uint64_t used = 0
        cdef const char* raw
        cdef int found
        cdef list events = []
        if buffer_append(&self.input, data, len(data)) < 0:
            return [SessionEvent("close_now")]
        while True:
            found = frame(self.input.data + self.input.start, self.input.end - self.input.start,
                          self.message_limit, &used)
            if found == FRAME_PARTIAL:
                return events
            if found == FRAME_OVERSIZE:
                events.append(SessionEvent("close_now"))
                return events
            raw = self.input.data + self.input.start
            if found == FRAME_GARBLED or parse(self.message, raw, <uint32_t> used) < 0:
                self.garbled_count += 1
            elif not self.take_message(now_ns, events):
                return events
            buffer_consume(&self.input, used)

    cdef bint take_message(self, int64_t now_ns, list events):
        while True:
            if not self.take_one(now_ns, events):
                return False
            if not session_early(&self.session, self.message):
                return True

    cdef bint take_one(self, int64_t now_ns, list events):
        cdef Verdict verdict
        cdef int result = session_on_message(
            &self.session, self.message, now_ns, &self.output, &verdict)
        self.note_reset()
        if verdict.reason >= 0:
            self.last_refusal = (verdict.reason, verdict.ref_tag)
        if result == SESSION_HANDLED:
            return True
        if result == SESSION_APPLICATION or result == SESSION_UNSUPPORTED:
            events.append(SessionEvent(
                KINDS[result], self.message.msg_seq_num,
                self.message.msg_type[:strlen(self.message.msg_type)].decode("latin-1"),
                self.message.raw[:self.message.size],
            ))
            return True
        events.append(SessionEvent(KINDS[result]))
        return result == SESSION_LOGGED_ON

    # ---- sending ----

    def send(self, str msg_type not None, bytes body not None, int64_t now_ns, *,
             bint is_own_order=False):
        """Number, keep and send one application message: its MsgSeqNum. `body` follows the header.

        Without a session in progress it is only numbered and kept: the peer asks for it after the
        next Logon.
        """
        cdef bytes kind = msg_type.encode("ascii")
        cdef uint64_t number = self.session.next_out
        if not 0 < len(kind) < 8:
            raise ValueError(f"msg_type must have 1 to 7 characters, not {msg_type!r}")
        self.sent[number] = (kind, body, now_ns, is_own_order)
        session_send(&self.session, kind, body, <uint32_t> len(body), now_ns, &self.output)
        return number

    def data_to_send(self):
        """The bytes to be written to the link, once."""
        cdef bytes data = self.output.data[self.output.start:self.output.end]
        buffer_consume(&self.output, self.output.end - self.output.start)
        return data

    def logout(self, int64_t now_ns, reason=None):
        """Start an orderly end of the session."""
        cdef bytes text = b"" if reason is None else reason.encode("ascii")
        cdef const char* raw = text
        session_logout(&self.session, raw if text else NULL, now_ns, &self.output)

    def refusal(self, str reason not None, int64_t now_ns):
        """A Logout for a second link of this session: bytes for that link, no number taken."""
        cdef bytes text = reason.encode("ascii")
        cdef Buffer out
        if buffer_open(&out, START_CAPACITY, START_CAPACITY) < 0:
            raise MemoryError
        try:
            session_refuse(&self.session, text, STATUS_NONE, now_ns, &out)
            return out.data[:out.end]
        finally:
            buffer_close(&out)

    # ---- time ----

    def on_time(self, int64_t now_ns):
        """Call at deadline_ns (0 = never): heartbeats, test requests, time-outs, resends."""
        cdef int result = session_on_time(&self.session, now_ns, &self.output)
        return [] if result == SESSION_HANDLED else [SessionEvent(KINDS[result])]

    @property
    def deadline_ns(self):
        return self.session.deadline_ns

    # ---- what is known ----

    @property
    def state(self):
        return STATES[self.session.state]

    @property
    def heart_bt_s(self):
        return self.session.heart_bt_s

    def reset(self):
        """Both counters start again at 1, what was sent is forgotten. Not inside a session."""
        if self.session.state != SESSION_DISCONNECTED:
            raise ValueError(f"a session that is {self.state} cannot be reset by us alone")
        session_reset(&self.session)
        self.note_reset()

    @property
    def peer_size_max(self):
        """MaxMessageSize(383) of the peer's Logon, 0 = it did not say."""
        return self.session.peer_size_max

    def shut(self, str reason not None):
        """Nobody may log on any more, and hears why; "" opens again."""
        self.closed_text = reason.encode("ascii")
        self.session.closed_text = <const char*> self.closed_text if reason else NULL

    @property
    def reset_on_logon(self):
        return self.session.reset_on_logon != 0

    @reset_on_logon.setter
    def reset_on_logon(self, bint value):
        self.session.reset_on_logon = value

    @property
    def is_resending(self):
        return self.session.resend_next != 0

    @property
    def next_in(self):
        return self.session.next_in

    @next_in.setter
    def next_in(self, uint64_t value):
        self.session.next_in = value

    @property
    def next_out(self):
        return self.session.next_out

    @next_out.setter
    def next_out(self, uint64_t value):
        self.session.next_out = value

    @property
    def is_dirty(self):
        return self.session.is_dirty != 0

    def clear_flags(self):
        """The counters have been stored: is_dirty and was_reset start again."""
        self.session.is_dirty = 0
        self.was_reset = False

    cdef void note_reset(self):
        # What was sent under the old numbers goes; nothing is sent between a reset and this.
        if self.session.was_reset:
            self.session.was_reset = 0
            self.was_reset = True
            self.sent.clear()


def first_logon(bytes data not None):
    """Who the first message of a link is from: (used, identity); identity is None for a non-Logon.

    `used` is the size of the message, 0 as long as it is not whole.
    """
    cdef uint64_t used = 0
    cdef Message* message
    cdef const char* texts[3]
    cdef uint32_t sizes[3]
    cdef int found = frame(data, len(data), UINT32_MAX, &used)
    if found == FRAME_PARTIAL:
        return 0, None
    if found != FRAME_MESSAGE:
        return max(used, 1), None
    message = <Message*> malloc(sizeof(Message))
    if message == NULL:
        raise MemoryError
    try:
        if parse(message, data, <uint32_t> used) < 0 or not logon_identity(
                message, &texts[0], &sizes[0], &texts[1], &sizes[1], &texts[2], &sizes[2]):
            return used, None
        return used, LogonIdentity(*[texts[i][:sizes[i]].decode("latin-1") for i in range(3)])
    finally:
        free(message)


def reject_text(int reason):
    """Text(58) of a Reject(3) with this SessionRejectReason(373)."""
    return reason_text(reason).decode()
