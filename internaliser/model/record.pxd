"""Every journal record begins with a RecordHead; commands and events *are* records (no second copy).

Little-endian, naturally aligned, sizes a multiple of 8. Kinds below 100 are INPUT, from 100 OUTPUT.
"""

from internaliser.model.types cimport *

cdef struct RecordHead:
    uint32_t size               # whole record in bytes, multiple of 8
    uint16_t kind               # RecordKind
    uint16_t index              # position within the step: 0 = the command, 1.. = its outputs
    uint64_t seq                # the step this belongs to

cdef enum RecordKind:
    # INPUT: Command (model/command.pxd)
    KIND_NEW_ORDER = 1
    KIND_CANCEL = 2
    KIND_REPLACE = 3
    KIND_STATUS = 4
    KIND_VENUE_REPORT = 5
    KIND_MARKET_VIEW = 6        # a view a decision is about to read (payload MarketView)
    KIND_SOURCE_STATE = 7       # a source came up, went down or went stale
    KIND_TIMER = 8
    KIND_ADMIN = 9
    KIND_CONFIG = 10
    KIND_EPOCH = 11             # a start: the new epoch, rules_version
    KIND_VENUE_BALANCE = 12     # what a source says we hold there (payload VenueBalance)
    KIND_MARK = 13              # instrument: price = twice the outside mid in ticks; 0 = the core looks for it
    KIND_MASS_CANCEL = 14       # OrderMassCancelRequest(q): the client's open orders, or those of an instrument
    KIND_MASS_STATUS = 15       # OrderMassStatusRequest(AF)
    KIND_DISPUTE = 16           # DontKnowTrade(Q): opens a case
    KIND_LINK = 17              # a client's session logged on or lost its link (LinkAction)
    KIND_COMMAND_LAST = 17      # the highest kind that is a Command
    # INPUT, not a Command
    KIND_SESSION = 50           # SessionRecord: a change of a session's counters
    # OUTPUT: events (model/event.pxd)
    KIND_ORDER_EVENT = 100
    KIND_POSTING = 101
    KIND_CHILD_EVENT = 102
    KIND_STATE_EVENT = 103      # halts, resumes, config applied, day ended
    KIND_MASS_EVENT = 104       # what became of a MASS_CANCEL -> OrderMassCancelReport(r)
    # OUTPUT, not an event
    KIND_OUT_MESSAGE = 150      # an outbound FIX application message
    # Between the core and the edge only, never journalled (gateway/enquiries.pxd)
    KIND_QUESTION = 200         # an application message that the edge answers
    KIND_CREDENTIALS = 201      # a Logon whose credentials the edge checks
    KIND_ANSWER = 210           # a message of the edge for a session

cdef enum SessionChange:
    SESSION_COUNTERS = 1        # next_in and next_out moved
    SESSION_RESET = 2           # both back to 1; the store of sent messages is forgotten
    SESSION_ENDED = 3           # of all clients at once: session NONE16, time_ns the end their hours told
    SESSION_SENT = 4            # no change: positions of sent messages follow (gateway/sent.pxd), time_ns is 0

cdef struct SessionRecord:
    RecordHead head
    int64_t time_ns
    uint16_t session
    uint16_t change             # SessionChange
    uint32_t reserved
    uint64_t next_in
    uint64_t next_out

cdef enum:
    OUT_COLD = 1                # not a function of an event (35=j, answers from the edge): not compared in replay
    OUT_CHILD = 2               # our own order to a source: gap-filled, never replayed

cdef struct OutMessage:
    RecordHead head
    int64_t sending_time_ns
    uint64_t msg_seq_num
    uint16_t session
    uint16_t flags              # OUT_*
    uint32_t body_size          # bytes of body, which follows: the fields between header and trailer
    char msg_type[8]            # NUL padded
