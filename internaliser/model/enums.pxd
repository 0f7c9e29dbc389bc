"""The closed lists. Where FIX has a code for it the value is that code, so that no table maps it."""

cpdef enum Side:
    SIDE_BUY = 49               # Side(54) '1'
    SIDE_SELL = 50              # Side(54) '2'

cpdef enum OrdType:
    ORD_MARKET = 49             # OrdType(40) '1'
    ORD_LIMIT = 50              # OrdType(40) '2'

cpdef enum TimeInForce:
    TIF_DAY = 48                # TimeInForce(59) '0'
    TIF_GTC = 49                # '1'
    TIF_IOC = 51                # '3'
    TIF_FOK = 52                # '4'

cpdef enum OrdStatus:
    STATUS_NEW = 48             # OrdStatus(39) '0'
    STATUS_PARTIALLY_FILLED = 49
    STATUS_FILLED = 50
    STATUS_CANCELED = 52        # '4'
    STATUS_PENDING_CANCEL = 54  # '6': a parent whose children are being canceled
    STATUS_REJECTED = 56        # '8'
    STATUS_EXPIRED = 67         # 'C'
    STATUS_PENDING_REPLACE = 69  # 'E'

cpdef enum ExecType:
    EXEC_NEW = 48               # ExecType(150) '0'
    EXEC_CANCELED = 52          # '4'
    EXEC_REPLACED = 53          # '5'
    EXEC_PENDING_CANCEL = 54    # '6'
    EXEC_REJECTED = 56          # '8'
    EXEC_EXPIRED = 67           # 'C'
    EXEC_RESTATED = 68          # 'D'
    EXEC_PENDING_REPLACE = 69   # 'E'
    EXEC_TRADE = 70             # 'F'
    EXEC_TRADE_CANCEL = 72      # 'H'
    EXEC_ORDER_STATUS = 73      # 'I'

cpdef enum Liquidity:
    LIQUIDITY_NONE = 0
    LIQUIDITY_ADDED = 1         # LastLiquidityInd(851)
    LIQUIDITY_REMOVED = 2
    LIQUIDITY_ROUTED = 3

cpdef enum TradingState:
    STATE_ACTIVE = 0
    STATE_REDUCING = 1          # only cancels and orders that reduce a position
    STATE_HALTED = 2            # only cancels

cpdef enum RejectReason:
    """Why a command was refused; gateway/ maps it to 103, 102 or 380 and the stable code in Text(58)."""
    REASON_NONE = 0
    REASON_UNKNOWN_SYMBOL = 1
    REASON_HALTED = 2
    REASON_REDUCING_ONLY = 3
    REASON_PRICE_OFF_TICK = 4
    REASON_PRICE_OUT_OF_RANGE = 5
    REASON_PRICE_BAND = 6
    REASON_QTY_OFF_LOT = 7
    REASON_QTY_OUT_OF_RANGE = 8
    REASON_QTY_MISSING = 9
    REASON_PRICE_MISSING = 10
    REASON_UNSUPPORTED = 11     # an OrdType, TimeInForce or combination not offered
    REASON_DUPLICATE_CL_ORD_ID = 12
    REASON_CL_ORD_ID_LENGTH = 13
    REASON_UNKNOWN_ORDER = 14   # also a foreign order: the answer must not tell them apart
    REASON_TOO_LATE = 15
    REASON_ALREADY_PENDING = 16
    REASON_CREDIT = 17
    REASON_LIMIT_OPEN_ORDERS = 18
    REASON_LIMIT_NOTIONAL = 19
    REASON_CAPACITY = 20        # a named limit of the node is reached (orders, levels, accounts)
    REASON_FOK_UNFILLABLE = 21
    REASON_NO_LIQUIDITY = 22    # the rest of an IOC or market order
    REASON_SIDE_CHANGED = 23    # a cancel or replace whose Side or Symbol contradicts the order
    REASON_CLIENT_REQUEST = 24
    REASON_OPERATOR = 25
    REASON_DAY_END = 26
    REASON_DISCONNECT = 27
    REASON_VENUE = 28           # a child was rejected and no other source remained
    REASON_STALE_COMMAND = 29   # e.g. a resolve-child for a child that is no longer unknown
    REASON_UNKNOWN_ACCOUNT = 30
    REASON_SELF_MATCH = 31
    REASON_QTY_BELOW_CUM = 32
    REASON_LOGOUT = 33

cpdef enum ChildState:
    CHILD_PENDING = 1           # decided, not yet answered (in flight)
    CHILD_WORKING = 2           # acknowledged by the source, not final
    CHILD_UNKNOWN = 3           # answer overdue or link lost: keeps quantity, credit and reservation
    CHILD_DONE = 4

cpdef enum SourceKind:
    SOURCE_LOCAL = 0
    SOURCE_PEER = 1
    SOURCE_VENUE = 2
