"""The configuration as frozen typed sections. A field without a default must be given.

Units stand in the names (`_ms`, `_bp`, `_mb`); prices, quantities and amounts are exact Decimals.
No file is read here. The file with every key explained is `config/reference.toml`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Literal


@dataclass(frozen=True, slots=True)
class Between:
    """Bounds of a number, both allowed."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Length:
    """Most bytes of a text; it is at least one byte of printable ASCII unless `low` is 0."""

    high: int
    low: int = 1


UINT32_MAX = 2**32 - 2  # the last value means "none"
COMP_ID_MAX = 63  # fix/session.pxd keeps 64 bytes, NUL terminated
SYMBOL_MAX = 32  # model/command.pxd

Port = Annotated[int, Between(0, 65535)]
Count = Annotated[int, Between(1, UINT32_MAX)]
CompId = Annotated[str, Length(COMP_ID_MAX)]
Name = Annotated[str, Length(SYMBOL_MAX)]
Milliseconds = Annotated[int, Between(1, 86_400_000)]
Seconds = Annotated[int, Between(1, 86_400)]
Rate = Annotated[int, Between(0, 10_000_000)]  # per second; 0 = no limit
BasisPoints = Annotated[Decimal, Between(-9_999, 9_999)]
Url = Annotated[str, Length(255)]
File = Annotated[str, Length(4096, 0)]  # "" = none
Amounts = Mapping[str, Decimal]
Credit = Literal["unlimited", "funded"]


@dataclass(frozen=True, slots=True)
class NodeSection:
    id: Annotated[int, Between(1, 65_534)] = 1
    name: Name = "node"
    reference_asset: Annotated[str, Length(SYMBOL_MAX, 0)] = ""
    mark_every_ms: Milliseconds = 10_000


@dataclass(frozen=True, slots=True)
class FixSection:
    host: Annotated[str, Length(255)] = "127.0.0.1"
    port: Port = 9878
    comp_id: CompId = "NODE"
    begin_strings: tuple[Literal["FIX.4.2", "FIX.4.4", "FIXT.1.1"], ...] = ("FIX.4.4",)
    heart_bt_min_s: Annotated[int, Between(1, 3600)] = 1
    heart_bt_max_s: Annotated[int, Between(1, 3600)] = 60
    sending_time_window_s: Seconds = 120
    logon_timeout_s: Seconds = 10
    logout_timeout_s: Seconds = 2
    message_bytes_max: Annotated[int, Between(4096, 16 * 2**20)] = 2**20
    message_fields_max: Annotated[int, Between(64, 2048)] = 2048  # fix/codec.pxd keeps so many
    group_instances_max: Annotated[int, Between(1, 2048)] = 1024
    output_bytes_max: Annotated[int, Between(64 * 1024, 2**30)] = 32 * 2**20
    connections_max: Annotated[int, Between(1, 65_534)] = 4096
    resend_chunk: Annotated[int, Between(1, 1_000_000)] = 64
    resend_pause_ms: Annotated[int, Between(0, 1000)] = 1
    resend_output_bytes_max: Annotated[int, Between(65536, 2**30)] = 2**20
    resend_repeats_max: Annotated[int, Between(2, 1_000_000)] = 32
    gap_asks_max: Annotated[int, Between(1, 1000)] = 5
    early_bytes_max: Annotated[int, Between(4096, 2**30)] = 2**20
    message_bytes_told: bool = False
    test_session: Literal["any", "production", "test"] = "any"
    timestamp_digits: Literal[3, 6, 9] = 6
    user_tags: Literal["accept", "refuse"] = "refuse"
    tls_port: Port = 9879
    tls_cert_file: File = ""  # "" = no TLS port
    tls_key_file: File = ""
    tls_ca_file: File = ""
    tls_client_certs: Literal["none", "optional", "required"] = "none"
    tls_handshake_s: Seconds = 5


@dataclass(frozen=True, slots=True)
class AccessSection:
    per_address_max: Annotated[int, Between(1, 65_534)] = 1024
    logon_bytes_max: Annotated[int, Between(1024, 2**20)] = 65_536
    failures_free: Annotated[int, Between(0, 1_000_000)] = 20
    delay_ms: Milliseconds = 100
    delay_max_s: Seconds = 60
    forget_s: Seconds = 300
    addresses_max: Annotated[int, Between(8, 1_048_576)] = 4096
    checks_at_once: Annotated[int, Between(1, 64)] = 2
    checks_waiting_max: Annotated[int, Between(1, 65_536)] = 1024


@dataclass(frozen=True, slots=True)
class FeedSection:
    """Market data and drop copy, on a port and a thread of their own."""

    enabled: bool = False
    host: Annotated[str, Length(255)] = "127.0.0.1"
    port: Port = 9890
    tls_port: Port = 9891  # there is one when fix.tls_cert_file is given
    default_book: Literal["aggregated", "local"] = "aggregated"
    depth_max: Annotated[int, Between(1, 10_000)] = 1000
    subscriptions_max: Annotated[int, Between(1, 1_000_000)] = 65_536
    connections_max: Annotated[int, Between(1, 65_534)] = 1024
    behind_bytes: Annotated[int, Between(4096, 2**28)] = 2**18
    socket_bytes: Annotated[int, Between(4096, 2**28)] = 2**16
    output_bytes_max: Annotated[int, Between(64 * 1024, 2**30)] = 8 * 2**20
    poll_ms: Annotated[int, Between(1, 1000)] = 1
    idle_ms: Annotated[int, Between(1, 1000)] = 50
    nice: Annotated[int, Between(0, 19)] = 5


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """What one counterparty's engine wants otherwise than most."""

    next_expected: Literal["never", "answered", "always"] = "answered"
    last_processed: bool = False
    too_low: Literal["logout", "reject"] = "logout"
    resend_ask_max: Annotated[int, Between(0, 1_000_000)] = 0  # 0 = everything at once
    timestamp_digits: Literal[0, 3, 6, 9] = 0  # 0 = as [fix] says
    dialect: File = ""  # "" = it speaks the version as we do


@dataclass(frozen=True, slots=True)
class CoreSection:
    wait: Literal["block", "spin"] = "block"
    cpu: Annotated[int, Between(-1, 1023)] = -1
    slice_us: Annotated[int, Between(0, 100_000)] = 100
    realtime: Annotated[int, Between(0, 98)] = 0
    edge_nice: Annotated[int, Between(0, 19)] = 10
    turn_connections: Annotated[int, Between(0, 256)] = 0
    turn_bytes: Annotated[int, Between(0, 1 << 20)] = 0
    orders_ahead: Annotated[int, Between(0, 8_000_000)] = 16_384


@dataclass(frozen=True, slots=True)
class JournalSection:
    sync: Literal["batch", "interval", "off"] = "batch"
    interval_ms: Annotated[int, Between(1, 1000)] = 5
    segment_mb: Annotated[int, Between(1, 4096)] = 64


@dataclass(frozen=True, slots=True)
class LimitsSection:
    orders_max: Count = 4_000_000
    closed_orders_max: Count = 1_000_000
    children_max: Annotated[int, Between(1, 30_000)] = 20_000
    levels_max: Annotated[int, Between(1, 2_000_000)] = 1_000_000
    expiry_chunk: Annotated[int, Between(1, 8_000)] = 256
    fills_per_step_max: Annotated[int, Between(1, 8_000)] = 1024
    requests_max: Annotated[int, Between(1, 1_000_000)] = 32_768
    reports_waiting_max: Annotated[int, Between(1, 10_000_000)] = 65_536


@dataclass(frozen=True, slots=True)
class ThrottleSection:
    session_orders_per_s: Rate = 0
    session_orders_burst: Rate = 0
    account_orders_per_s: Rate = 0
    account_orders_burst: Rate = 0
    refusals_per_s_max: Rate = 0


@dataclass(frozen=True, slots=True)
class RequestsSection:
    """What the edge answers: lists, states, trades, positions, users, replays."""

    unanswered_max: Annotated[int, Between(1, 10_000)] = 16
    waiting_bytes_max: Annotated[int, Between(64 * 1024, 2**28)] = 2**20
    request_bytes_max: Annotated[int, Between(1024, 2**20)] = 2**16
    answer_bytes_max: Annotated[int, Between(1024, 32 * 1024)] = 8 * 1024
    answers_per_s: Annotated[int, Between(1, 1_000_000)] = 5_000
    unread_bytes_max: Annotated[int, Between(1024, 2**30)] = 2**20
    subscriptions_max: Annotated[int, Between(0, 10_000)] = 64
    executions_max: Annotated[int, Between(1, 100_000_000)] = 1_000_000
    list_after_logon: bool = False


@dataclass(frozen=True, slots=True)
class DaySection:
    end_utc: Annotated[str, Length(8, 0)] = ""


@dataclass(frozen=True, slots=True)
class ScheduleSection:
    """The hours of the clients' sessions."""

    days: Annotated[str, Length(27)] = "mon-fri"
    open_utc: Annotated[str, Length(8, 0)] = ""  # "" = always open
    close_utc: Annotated[str, Length(8, 0)] = ""
    reset: Literal["never", "daily", "weekly"] = "never"
    announce_s: Annotated[int, Between(0, 86_400)] = 300  # 0 = not announced


@dataclass(frozen=True, slots=True)
class LogSection:
    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "info"


@dataclass(frozen=True, slots=True)
class ForTests:
    busy_edge_ms: Annotated[int, Between(0, 1000)] = 0
    busy_edge_period_ms: Annotated[int, Between(0, 60_000)] = 0


@dataclass(frozen=True, slots=True)
class Asset:
    name: Name
    decimals: Annotated[int, Between(0, 18)]


@dataclass(frozen=True, slots=True)
class Instrument:
    symbol: Name
    base: Name
    quote: Name
    tick: Decimal
    lot: Decimal
    price_max: Decimal
    qty_max: Decimal
    price_min: Decimal = Decimal(0)  # 0 = one tick
    qty_min: Decimal = Decimal(0)  # 0 = one lot
    band_bp: Annotated[int, Between(0, 10_000)] = 0
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Client:
    name: CompId
    maker_fee_bp: BasisPoints = Decimal(0)
    taker_fee_bp: BasisPoints = Decimal(0)
    routed_fee_bp: BasisPoints = Decimal(0)
    credit: Credit = "funded"
    funding: Amounts = field(default_factory=dict)
    credit_limit: Amounts = field(default_factory=dict)
    open_orders_max: Annotated[int, Between(0, UINT32_MAX)] = 0
    self_match: Literal["allow", "cancel-incoming", "cancel-resting", "cancel-both"] = "allow"
    route_scope: Literal["local", "venues"] = "venues"
    never_worse_gross: bool = False
    cancel_on_disconnect: Literal["none", "session", "account"] = "none"
    cancel_grace_ms: Annotated[int, Between(0, 3_600_000)] = 0
    orders_per_s: Annotated[int, Between(-1, 10_000_000)] = -1  # -1 = as [throttle] has it
    orders_burst: Annotated[int, Between(-1, 10_000_000)] = -1
    allowed_addresses: tuple[Annotated[str, Length(64)], ...] = ()
    certificate_names: tuple[Annotated[str, Length(255)], ...] = ()
    username: Annotated[str, Length(255, 0)] = ""  # "" = its name
    password_hash: Annotated[str, Length(255, 0)] = ""
    password_hash_file: File = ""
    public_key: Annotated[str, Length(255, 0)] = ""
    public_key_file: File = ""
    fix42_extensions: tuple[Literal["q", "AF", "x", "AD", "AR", "AN", "BE"], ...] = ()
    session: SessionTerms = field(default_factory=SessionTerms)


@dataclass(frozen=True, slots=True)
class DropCopy:
    """A session that hears the reports of the accounts (clients) it names; "*" = of all."""

    name: CompId
    accounts: tuple[CompId, ...]
    allowed_addresses: tuple[Annotated[str, Length(64)], ...] = ()
    username: Annotated[str, Length(255, 0)] = ""  # "" = its name
    password_hash: Annotated[str, Length(255, 0)] = ""
    password_hash_file: File = ""
    public_key: Annotated[str, Length(255, 0)] = ""
    public_key_file: File = ""


@dataclass(frozen=True, slots=True)
class VenueInstrument:
    symbol: Annotated[str, Length(SYMBOL_MAX, 0)] = ""  # "" = ours
    tick: Decimal | None = None  # None = ours
    lot: Decimal | None = None
    qty_min: Decimal = Decimal(0)  # of one order; 0 = one lot
    qty_max: Decimal = Decimal(0)  # 0 = no limit
    notional_min: Decimal = Decimal(0)  # price x quantity of one order; 0 = no limit


@dataclass(frozen=True, slots=True)
class FixVenue:
    """An outside market reached over FIX, by the core thread."""

    name: Name
    host: Annotated[str, Length(255)]
    port: Annotated[int, Between(1, 65535)]
    sender_comp_id: CompId
    target_comp_id: CompId
    instruments: Mapping[str, VenueInstrument]
    kind: Literal["fix"] = "fix"
    begin_string: Literal["FIX.4.4"] = "FIX.4.4"
    heart_bt_s: Annotated[int, Between(1, 3600)] = 10
    reset_on_logon: bool = False
    session: SessionTerms = field(default_factory=SessionTerms)
    reconnect_min_ms: Milliseconds = 200
    reconnect_max_ms: Milliseconds = 10_000
    taker_fee_bp: BasisPoints = Decimal(0)
    credit_adj_bp: BasisPoints = Decimal(0)
    stale_after_ms: Milliseconds = 3_000
    answer_after_ms: Milliseconds = 2_000
    child_rounds_max: Annotated[int, Between(0, 100)] = 3
    credit: Credit = "funded"
    funding: Amounts = field(default_factory=dict)
    credit_limit: Amounts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BinanceVenue:
    """Binance Spot, or a market that speaks like it, reached by the edge thread."""

    name: Name
    instruments: Mapping[str, VenueInstrument]
    kind: Literal["binance"] = "binance"
    rest_url: Url = "https://api.binance.com"
    stream_url: Url = "wss://stream.binance.com:9443"
    api_url: Url = "wss://ws-api.binance.com:443/ws-api/v3"
    orders: Literal["rest", "ws"] = "rest"
    key_type: Literal["hmac", "ed25519"] = "ed25519"
    key_file: Annotated[str, Length(4096, 0)] = ""
    key_env: Annotated[str, Length(255, 0)] = ""
    secret_file: Annotated[str, Length(4096, 0)] = ""
    secret_env: Annotated[str, Length(255, 0)] = ""
    recv_window_ms: Annotated[int, Between(1, 60_000)] = 5_000
    place_within_ms: Milliseconds = 1_000
    request_timeout_ms: Milliseconds = 5_000
    balance_poll_ms: Milliseconds = 30_000
    rules_poll_ms: Milliseconds = 300_000
    reconnect_min_ms: Milliseconds = 500
    reconnect_max_ms: Milliseconds = 60_000
    depth_levels: Literal[100, 500, 1000, 5000] = 1000
    taker_fee_bp: BasisPoints = Decimal(10)
    credit_adj_bp: BasisPoints = Decimal(0)
    stale_after_ms: Milliseconds = 3_000
    answer_after_ms: Milliseconds = 2_000
    child_rounds_max: Annotated[int, Between(0, 100)] = 3
    credit: Credit = "funded"
    funding: Amounts = field(default_factory=dict)
    credit_limit: Amounts = field(default_factory=dict)


Venue = FixVenue | BinanceVenue  # told apart by `kind`; without one it is the first


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration of one node, checked: what `load` returns."""

    node: NodeSection = field(default_factory=NodeSection)
    fix: FixSection = field(default_factory=FixSection)
    feed: FeedSection = field(default_factory=FeedSection)
    access: AccessSection = field(default_factory=AccessSection)
    core: CoreSection = field(default_factory=CoreSection)
    journal: JournalSection = field(default_factory=JournalSection)
    limits: LimitsSection = field(default_factory=LimitsSection)
    throttle: ThrottleSection = field(default_factory=ThrottleSection)
    requests: RequestsSection = field(default_factory=RequestsSection)
    day: DaySection = field(default_factory=DaySection)
    schedule: ScheduleSection = field(default_factory=ScheduleSection)
    log: LogSection = field(default_factory=LogSection)
    test: ForTests = field(default_factory=ForTests)
    assets: tuple[Asset, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    clients: tuple[Client, ...] = ()
    drop_copies: tuple[DropCopy, ...] = ()
    venues: tuple[Venue, ...] = ()
