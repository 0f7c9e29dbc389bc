"""What must hold between the keys of a configuration. Rules report; none changes anything."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from ipaddress import ip_address, ip_network

from internaliser.config.lines import Path
from internaliser.config.reader import Report
from internaliser.config.sections import (
    Amounts,
    Asset,
    BinanceVenue,
    Client,
    Config,
    Credit,
    DropCopy,
    FixVenue,
    Instrument,
    ScheduleSection,
    SessionTerms,
    Venue,
    VenueInstrument,
)

# What the core has room for (core/setup.pyx).
STEPS_MAX = {"tick": 2**48 - 1, "lot": 2**40 - 1}
ORDERS_MAX = 8_000_000
NOTIONAL_MAX = 2**99  # price x quantity in quote units: sums over many orders then fit in 128 bits
RESEND_ASK_MIN = 10
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_S = 86_400
COUNTS_MAX = {
    "assets": 1024,
    "instruments": 4096,
    "clients": 4096,
    "drop_copies": 256,
    "venues": 64,
}
ALL_ACCOUNTS = "*"  # of a drop copy
SESSIONS_MAX = 4096  # of recovery.py: clients in every version, and FIX venues
NETWORKS_MAX = 64  # of one client (gateway/access.pxd)
NOTIONAL_MIN_MAX = 10**12  # of one order, quote units: beyond any venue's
RATE_DECIMALS = 4  # a basis point is 10**4 parts of 10**8, the unit fees are counted in


def check_rules(config: Config, report: Report) -> None:
    """Report every relation that does not hold."""
    _check_names(config, report)
    _check_single_sections(config, report)
    assets = {asset.name: asset for asset in config.assets}
    for index, instrument in enumerate(config.instruments):
        _check_instrument(instrument, assets, ("instruments", index), report)
    for index, client in enumerate(config.clients):
        path: Path = ("clients", index)
        _check_credit(client.credit, client.funding, client.credit_limit, assets, path, report)
        _check_addresses(client, path, report)
        if client.certificate_names and config.fix.tls_client_certs == "none":
            text = 'nobody can show one: fix.tls_client_certs is "none"'
            report((*path, "certificate_names"), text)
        for key in ("maker_fee_bp", "taker_fee_bp", "routed_fee_bp"):
            _check_rate(getattr(client, key), (*path, key), report)
        _check_terms(client.session, path, report)
    _check_feed(config, report)
    instruments = {instrument.symbol: instrument for instrument in config.instruments}
    for index, venue in enumerate(config.venues):
        path = ("venues", index)
        _check_credit(venue.credit, venue.funding, venue.credit_limit, assets, path, report)
        _check_venue(venue, instruments, path, report)


def day_end_s(text: str) -> int | None:
    """Seconds after midnight UTC of `HH:MM` or `HH:MM:SS`; None when it is neither."""
    parts = text.split(":")
    if len(parts) not in (2, 3) or not all(len(part) == 2 and part.isdigit() for part in parts):
        return None
    hours, minutes, seconds = (*map(int, parts), 0)[:3]
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    return hours * 3600 + minutes * 60 + seconds


def open_days(text: str) -> tuple[int, ...] | None:
    """Days of "mon-fri" or "mon,wed,fri" in their order, Monday 0; None when it is neither."""
    days: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last or first) not in DAYS or part.endswith("-"):
            return None
        start, end = DAYS.index(first), DAYS.index(last or first)
        days += ((start + step) % 7 for step in range((end - start) % 7 + 1))
    later = [(day - days[0]) % 7 for day in days]
    return tuple(days) if later == sorted(set(later)) else None


def open_length_s(open_s: int, close_s: int) -> int:
    """How long it is open from one second of the day to another, at most a day."""
    return (close_s - open_s - 1) % DAY_S + 1


def steps(value: Decimal, step: Decimal) -> int | None:
    """How many `step`s `value` is; None when it is not a whole number of them."""
    numerator, denominator = value.as_integer_ratio()
    step_numerator, step_denominator = step.as_integer_ratio()
    count, rest = divmod(numerator * step_denominator, denominator * step_numerator)
    return None if rest else count


def _check_names(config: Config, report: Report) -> None:
    _check_unique("assets", "name", [asset.name for asset in config.assets], report)
    _check_unique("instruments", "symbol", [item.symbol for item in config.instruments], report)
    _check_unique("clients", "name", [client.name for client in config.clients], report)
    _check_unique("drop_copies", "name", [copy.name for copy in config.drop_copies], report)
    _check_unique("venues", "name", [venue.name for venue in config.venues], report)
    sessions = {(config.fix.comp_id, client.name) for client in config.clients}
    for index, venue in enumerate(config.venues):
        if not isinstance(venue, FixVenue):
            continue
        pair = (venue.sender_comp_id, venue.target_comp_id)
        if pair in sessions:
            text = f"the session {pair[0]} > {pair[1]} exists already; CompIDs must differ"
            report(("venues", index, "target_comp_id"), text)
        sessions.add(pair)


def _check_terms(terms: SessionTerms, path: Path, report: Report) -> None:
    if 0 < terms.resend_ask_max < RESEND_ASK_MIN:
        # Every request takes a number that the other end, if it misses something too, asks for.
        text = f"expected 0 or at least {RESEND_ASK_MIN}, found {terms.resend_ask_max}"
        report((*path, "session", "resend_ask_max"), text)


def _check_unique(section: str, key: str, names: list[str], report: Report) -> None:
    if len(names) > COUNTS_MAX[section]:
        report((section,), f"expected at most {COUNTS_MAX[section]}, found {len(names)}")
    first: dict[str, int] = {}
    for index, name in enumerate(names):
        if name in first:
            text = f'"{name}" is taken already by {section}[{first[name]}]'
            report((section, index, key), text)
        first.setdefault(name, index)


def _check_single_sections(config: Config, report: Report) -> None:
    fix, test = config.fix, config.test
    if not fix.begin_strings or _repeated(fix.begin_strings):
        report(("fix", "begin_strings"), "expected at least one version, each once")
    count = len(config.clients) * len(fix.begin_strings) + len(config.venues)
    if count > SESSIONS_MAX:
        text = (
            f"{len(config.clients)} clients in {len(fix.begin_strings)} versions and "
            f"{len(config.venues)} venues are {count} sessions, expected at most {SESSIONS_MAX}"
        )
        report(("fix", "begin_strings"), text)
    if fix.heart_bt_min_s > fix.heart_bt_max_s:
        text = f"{fix.heart_bt_min_s} is above heart_bt_max_s = {fix.heart_bt_max_s}"
        report(("fix", "heart_bt_min_s"), text)
    if fix.output_bytes_max < 2 * fix.message_bytes_max:
        text = f"must hold two messages of message_bytes_max = {fix.message_bytes_max}"
        report(("fix", "output_bytes_max"), text)
    _check_tls(config, report)
    if config.core.realtime and config.core.wait == "spin":
        text = 'a thread in real time must sleep, or it lets nobody in: core.wait is "spin"'
        report(("core", "realtime"), text)
    limits = config.limits
    if limits.orders_max + limits.closed_orders_max >= ORDERS_MAX:
        text = f"with closed_orders_max = {limits.closed_orders_max} it must be below {ORDERS_MAX}"
        report(("limits", "orders_max"), text)
    if limits.requests_max < limits.children_max:
        # A link that comes up asks about every child there may be.
        text = f"must hold a request per child, children_max = {limits.children_max}"
        report(("limits", "requests_max"), text)
    requests = config.requests
    if requests.waiting_bytes_max < 4 * requests.request_bytes_max:
        text = f"must hold four messages of request_bytes_max = {requests.request_bytes_max}"
        report(("requests", "waiting_bytes_max"), text)
    reference = config.node.reference_asset
    if reference and reference not in {asset.name for asset in config.assets}:
        report(("node", "reference_asset"), f'no asset is named "{reference}"')
    segment_bytes = config.journal.segment_mb * 2**20
    if segment_bytes < 2 * fix.message_bytes_max:
        text = f"must hold two messages of fix.message_bytes_max = {fix.message_bytes_max}"
        report(("journal", "segment_mb"), text)
    if config.day.end_utc and day_end_s(config.day.end_utc) is None:
        text = f'expected HH:MM or HH:MM:SS (UTC), or "" for no end, found "{config.day.end_utc}"'
        report(("day", "end_utc"), text)
    _check_schedule(config.schedule, report)
    if test.busy_edge_ms and test.busy_edge_ms >= test.busy_edge_period_ms:
        text = f"must be below busy_edge_period_ms = {test.busy_edge_period_ms}"
        report(("test", "busy_edge_ms"), text)


def _check_schedule(schedule: ScheduleSection, report: Report) -> None:
    days = open_days(schedule.days)
    if days is None:
        text = f'expected as "mon-fri" or "mon,wed,fri", in order, found "{schedule.days}"'
        report(("schedule", "days"), text)
    if not schedule.open_utc and not schedule.close_utc:
        if schedule.reset != "never":
            report(("schedule", "reset"), "needs hours: give open_utc and close_utc too")
        return
    open_s, close_s = day_end_s(schedule.open_utc), day_end_s(schedule.close_utc)
    for key, found, time in (
        ("open_utc", schedule.open_utc, open_s),
        ("close_utc", schedule.close_utc, close_s),
    ):
        if time is None:
            text = f'expected HH:MM or HH:MM:SS (UTC) of both or neither, found "{found}"'
            report(("schedule", key), text)
    if open_s is None or close_s is None or days is None:
        return
    length_s = open_length_s(open_s, close_s)
    if length_s == DAY_S and len(days) == 7 and schedule.reset == "never":
        report(("schedule", "close_utc"), 'these hours never end: leave both times "" for that')
    if schedule.announce_s >= length_s:
        report(("schedule", "announce_s"), f"must be below the {length_s} s that are open")


def _check_feed(config: Config, report: Report) -> None:
    feed = config.feed
    if feed.behind_bytes > feed.output_bytes_max // 2:
        text = f"must be at most half of output_bytes_max = {feed.output_bytes_max}"
        report(("feed", "behind_bytes"), text)
    if feed.enabled and feed.port and (feed.host, feed.port) == (config.fix.host, config.fix.port):
        report(("feed", "port"), f"{feed.port} is fix.port already")
    clients = {client.name for client in config.clients}
    if len(config.clients) + len(config.drop_copies) > COUNTS_MAX["clients"]:
        text = f"expected at most {COUNTS_MAX['clients']} together with the clients"
        report(("drop_copies",), text)
    for index, copy in enumerate(config.drop_copies):
        path: Path = ("drop_copies", index)
        if copy.name in clients:
            report((*path, "name"), f'"{copy.name}" is a client; a drop copy has a name of its own')
        if not copy.accounts:
            report((*path, "accounts"), 'expected names of clients, or "*" for all')
        for name in copy.accounts:
            if name != ALL_ACCOUNTS and name not in clients:
                report((*path, "accounts"), f'no client is named "{name}"')
        _check_addresses(copy, path, report)
        if feed.enabled:
            _check_guard(copy, config, path, report)


def _check_tls(config: Config, report: Report) -> None:
    fix = config.fix
    if fix.tls_cert_file and not fix.tls_key_file:
        report(("fix", "tls_key_file"), "must be given with tls_cert_file")
    for key in ("tls_key_file", "tls_ca_file"):
        if getattr(fix, key) and not fix.tls_cert_file:
            report(("fix", key), "has no meaning without tls_cert_file")
    if fix.tls_client_certs != "none" and not fix.tls_ca_file:
        report(("fix", "tls_client_certs"), "needs tls_ca_file: who signs clients' certificates")
    if not fix.tls_cert_file:
        return
    if fix.tls_port == fix.port != 0:
        report(("fix", "tls_port"), f"is {fix.port} as fix.port: TLS has a port of its own")
    if not config.feed.enabled:
        return
    taken = {"fix.port": fix.port, "fix.tls_port": fix.tls_port, "feed.port": config.feed.port}
    for name, port in taken.items():
        if config.feed.tls_port == port != 0:
            report(("feed", "tls_port"), f"is {port} as {name}: TLS of the feed has its own port")


def _check_addresses(party: Client | DropCopy, path: Path, report: Report) -> None:
    """Where a client or drop copy may come from."""
    for index, text in enumerate(party.allowed_addresses):
        try:
            ip_network(text)
        except ValueError as error:
            report((*path, "allowed_addresses", index), f"expected an address or network: {error}")
    if len(party.allowed_addresses) > NETWORKS_MAX:
        text = f"expected at most {NETWORKS_MAX}, found {len(party.allowed_addresses)}"
        report((*path, "allowed_addresses"), text)


def _check_guard(copy: DropCopy, config: Config, path: Path, report: Report) -> None:
    """A drop copy proves no less than those whose reports it hears, and something from outside."""
    if has_credential(copy):
        return
    if config.fix.tls_client_certs == "required":
        text = "must be given, or public_key: certificates are required, its plain port sees none"
        report((*path, "password_hash"), text)
        return
    heard = [
        client
        for client in config.clients
        if client.name in copy.accounts or ALL_ACCOUNTS in copy.accounts
    ]
    for client in heard:
        if has_credential(client) or client.certificate_names:
            text = f'must be given, or public_key: it hears "{client.name}", who must prove itself'
            report((*path, "password_hash"), text)
            return
    if copy.allowed_addresses:
        return
    if not is_loopback(config.feed.host):
        text = f"must be given, or a password or key: feed.host {config.feed.host} is not loopback"
        report((*path, "allowed_addresses"), text)
    elif limited := next((client for client in heard if client.allowed_addresses), None):
        text = f'must be given, or a password or key: it hears "{limited.name}", who has them'
        report((*path, "allowed_addresses"), text)


def has_credential(party: Client | DropCopy) -> bool:
    """Must it show a password or a signature?"""
    return bool(
        party.password_hash or party.password_hash_file or party.public_key or party.public_key_file
    )


def is_loopback(host: str) -> bool:
    """Is what listens there heard on this machine only?"""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_instrument(
    instrument: Instrument, assets: dict[str, Asset], path: Path, report: Report
) -> None:
    known = True
    for key in ("base", "quote"):
        if getattr(instrument, key) not in assets:
            report((*path, key), f'no asset is named "{getattr(instrument, key)}"')
            known = False
    if instrument.base == instrument.quote:
        report((*path, "quote"), "base and quote must differ")
    price_ticks = _check_range(instrument, "price", "tick", path, report)
    qty_lots = _check_range(instrument, "qty", "lot", path, report)
    if not known or instrument.tick <= 0 or instrument.lot <= 0:
        return
    base, quote = assets[instrument.base], assets[instrument.quote]
    base_unit = Decimal(1).scaleb(-base.decimals)
    if steps(instrument.lot, base_unit) is None:
        text = f"{instrument.lot} is not a whole number of {base.name} units ({base_unit})"
        report((*path, "lot"), text)
    quote_unit = Decimal(1).scaleb(-quote.decimals)
    units = steps(instrument.tick * instrument.lot, quote_unit)
    if units is None:
        text = (
            f"tick x lot = {instrument.tick * instrument.lot} is not a whole number of "
            f"{quote.name} units ({quote_unit}): {quote.name} needs more decimals"
        )
        report((*path, "tick"), text)
    elif price_ticks * qty_lots * units > NOTIONAL_MAX:
        report((*path, "qty_max"), f"price_max x qty_max is above {NOTIONAL_MAX} quote units")


def _check_range(
    instrument: Instrument, what: str, step_key: str, path: Path, report: Report
) -> int:
    """price or qty: the step is positive and divides both ends. Steps in the upper end, or 0."""
    step = getattr(instrument, step_key)
    if step <= 0:
        report((*path, step_key), f"must be above zero, found {step}")
        return 0
    low, high = getattr(instrument, f"{what}_min"), getattr(instrument, f"{what}_max")
    for key, value in ((f"{what}_min", low), (f"{what}_max", high)):
        count = steps(value, step)
        if count is None:
            report((*path, key), f"{value} is not a whole number of {step_key}s ({step})")
        elif not 0 <= count <= STEPS_MAX[step_key]:
            report((*path, key), f"expected 0 to {STEPS_MAX[step_key]} {step_key}s, found {count}")
    if high < max(low, step):
        report((*path, f"{what}_max"), f"{high} is below {what}_min or below one {step_key}")
    return steps(high, step) or 0


def _check_credit(
    credit: Credit,
    funding: Amounts,
    credit_limit: Amounts,
    assets: dict[str, Asset],
    path: Path,
    report: Report,
) -> None:
    for key, amounts in (("funding", funding), ("credit_limit", credit_limit)):
        for name, amount in amounts.items():
            here = (*path, key, name)
            if name not in assets:
                report(here, f'no asset is named "{name}"')
            elif amount < 0:
                report(here, f"must not be negative, found {amount}")
            else:
                units = steps(amount, Decimal(1).scaleb(-assets[name].decimals))
                if units is None:
                    text = f"{amount} has more than {assets[name].decimals} decimals"
                    report(here, text)
                elif units > NOTIONAL_MAX:
                    report(here, f"is above {NOTIONAL_MAX} units")
    if credit == "unlimited" and credit_limit:
        report((*path, "credit_limit"), 'has no meaning with credit = "unlimited"')


def _check_rate(rate: Decimal, path: Path, report: Report) -> None:
    if steps(rate, Decimal(1).scaleb(-RATE_DECIMALS)) is None:
        report(path, f"expected at most {RATE_DECIMALS} decimals, found {rate}")


def _check_venue(
    venue: Venue, instruments: dict[str, Instrument], path: Path, report: Report
) -> None:
    for key in ("taker_fee_bp", "credit_adj_bp"):
        _check_rate(getattr(venue, key), (*path, key), report)
    if venue.credit_adj_bp < 0:
        report((*path, "credit_adj_bp"), f"must not be negative, found {venue.credit_adj_bp}")
    if venue.reconnect_min_ms > venue.reconnect_max_ms:
        text = f"{venue.reconnect_min_ms} is above reconnect_max_ms = {venue.reconnect_max_ms}"
        report((*path, "reconnect_min_ms"), text)
    if not venue.instruments:
        report((*path, "instruments"), "expected at least one instrument")
    if isinstance(venue, BinanceVenue):
        _check_binance(venue, path, report)
    else:
        _check_terms(venue.session, path, report)
    first: dict[str, str] = {}
    for symbol, theirs in venue.instruments.items():
        here = (*path, "instruments", symbol)
        ours = instruments.get(symbol)
        if ours is None:
            report(here, f'no instrument has the symbol "{symbol}"')
            continue
        name = theirs.symbol or symbol
        if name in first:
            report((*here, "symbol"), f'"{name}" is its symbol of "{first[name]}" already')
        first.setdefault(name, symbol)
        if isinstance(venue, FixVenue):
            _check_listing(ours, theirs, here, report)
        else:
            _check_untold(theirs, here, report)


def _check_binance(venue: BinanceVenue, path: Path, report: Report) -> None:
    for key, schemes in (
        ("rest_url", ("https", "http")),
        ("stream_url", ("wss", "ws")),
        ("api_url", ("wss", "ws")),
    ):
        scheme, separator, rest = getattr(venue, key).partition("://")
        if not separator or scheme not in schemes or not rest:
            wanted = " or ".join(f"{scheme}://HOST" for scheme in schemes)
            report((*path, key), f'expected {wanted}, found "{getattr(venue, key)}"')
    for what in ("key", "secret"):
        given = [
            f"{what}_{where}" for where in ("file", "env") if getattr(venue, f"{what}_{where}")
        ]
        if len(given) != 1:
            report((*path, f"{what}_file"), f"expected one of {what}_file and {what}_env")
    if venue.place_within_ms > venue.answer_after_ms:
        text = f"{venue.place_within_ms} is above answer_after_ms = {venue.answer_after_ms}"
        report((*path, "place_within_ms"), text)


def _check_listing(ours: Instrument, theirs: VenueInstrument, path: Path, report: Report) -> None:
    """The venue's steps are whole numbers of ours: every price and quantity of it then is."""
    for key in ("tick", "lot"):
        step = getattr(theirs, key)
        if step is not None and (step <= 0 or not _divides(getattr(ours, key), step)):
            text = f"our {key} {getattr(ours, key)} does not divide the venue's {step}"
            report((*path, key), text)
    for key in ("qty_min", "qty_max"):
        count = steps(getattr(theirs, key), ours.lot) if ours.lot > 0 else 0
        if count is None or not 0 <= count <= STEPS_MAX["lot"]:
            text = (
                f"expected a whole number of our lots ({ours.lot}), not negative, "
                f"found {getattr(theirs, key)}"
            )
            report((*path, key), text)
    if theirs.qty_max and theirs.qty_max < 2 * max(theirs.qty_min, theirs.lot or ours.lot):
        text = f"{theirs.qty_max} is less than two of qty_min, or less than two lots"
        report((*path, "qty_max"), text)
    if not 0 <= theirs.notional_min <= NOTIONAL_MIN_MAX:
        text = f"expected 0 to {NOTIONAL_MIN_MAX}, found {theirs.notional_min}"
        report((*path, "notional_min"), text)


def _check_untold(theirs: VenueInstrument, path: Path, report: Report) -> None:
    """A venue that tells its rules itself is not told them here."""
    for key in ("tick", "lot", "qty_min", "qty_max", "notional_min"):
        if getattr(theirs, key):
            report((*path, key), "the venue tells this itself: leave it out")


def _divides(ours: Decimal, theirs: Decimal) -> bool:
    return ours > 0 and steps(theirs, ours) is not None


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
