"""What differs between the versions in the messages we send: one row per FixVersion (fix-rules 3, 6.2, 9).

Reasons differ too: their values per version are the table of gateway/reasons.pyx.
"""

from libc.stdint cimport uint8_t

from internaliser.fix.version cimport VERSION_COUNT

cdef extern from * nogil:
    """
    typedef struct {
        unsigned char has_trans_type;       /* ExecTransType(20), required in every report */
        unsigned char has_trade;            /* ExecType F; else 1 and 2 say how much is filled */
        unsigned char has_order_status;     /* ExecType I; else the status itself, with 20=3 */
        unsigned char has_replaced;         /* OrdStatus 5 */
        unsigned char requires_symbol;      /* Symbol(55) in every report */
        unsigned char requires_orig;        /* OrigClOrdID(41) in every OrderCancelReject */
        unsigned char has_liquidity;        /* LastLiquidityInd(851) */
        unsigned char has_comm_currency;    /* CommCurrency(479) */
        unsigned char has_match;            /* TrdMatchID(880), AggressorIndicator(1057), 574, 1115 */
    } internaliser_version_row;
    static const internaliser_version_row internaliser_version_rows[4] = {
        {0, 1, 1, 0, 0, 1, 1, 1, 0},        /* unknown: as 4.4 */
        {1, 0, 0, 1, 1, 1, 0, 0, 0},        /* FIX.4.2 */
        {0, 1, 1, 0, 0, 1, 1, 1, 0},        /* FIX.4.4 */
        {0, 1, 1, 0, 0, 0, 1, 1, 1},        /* FIXT.1.1 with 5.0SP2 */
    };
    """
    ctypedef struct VersionRow "internaliser_version_row":
        uint8_t has_trans_type
        uint8_t has_trade
        uint8_t has_order_status
        uint8_t has_replaced
        uint8_t requires_symbol
        uint8_t requires_orig
        uint8_t has_liquidity
        uint8_t has_comm_currency
        uint8_t has_match
    const VersionRow* version_rows "internaliser_version_rows"

cdef inline const VersionRow* row_of(uint8_t version) noexcept nogil:
    return &version_rows[version if version < VERSION_COUNT else 0]
