"""The views of the ledger, for people: decimals instead of smallest units, and exact sums.

The same names and columns in SQLite and PostgreSQL. PostgreSQL's NUMERIC is exact by itself. In
SQLite a sum is taken over groups of nine digits, each a 64-bit integer, and put together again as
text: exact up to 9,223,372,036 rows of one sum, and beyond those SQLite itself refuses the query
with "integer overflow" instead of rounding. No view of either computes with a float.
"""

from internaliser.ledger.schema import INDEXES, TABLES, create_table

GROUP_DIGITS = 9
GROUPS = 5  # 45 digits: 128 bits have 39
BASE = 10**GROUP_DIGITS
ZEROS = "0" * GROUP_DIGITS * GROUPS


def create_all(*, is_postgres: bool) -> list[str]:
    """Statements that make an empty ledger."""
    made = [create_table(table, is_postgres=is_postgres) for table in TABLES]
    made += [f"CREATE INDEX {name} ON {what}" for name, what in INDEXES.items()]
    views = _views(is_postgres)
    return made + [f"CREATE VIEW {name} AS\n{select}" for name, select in views.items()]


def drop_all(*, is_postgres: bool) -> list[str]:
    """Statements that take a ledger away, as far as it is there; nothing but a ledger."""
    views = [f"DROP VIEW IF EXISTS {name}" for name in reversed(_views(is_postgres))]
    return views + [f"DROP TABLE IF EXISTS {table.name}" for table in reversed(TABLES)]


def _views(is_postgres: bool) -> dict[str, str]:
    """In order: a view may use those before it."""
    exact = _sum_in_postgres if is_postgres else _sum_in_sqlite
    decimal = _decimal_in_postgres if is_postgres else _decimal_in_sqlite
    negative = "-t.units" if is_postgres else "'-' || t.units"
    account = "a.account_id, a.owner_kind, a.owner, a.asset"
    side = f"{account}, t.purpose, t.trade_id, t.note, s.decimals"
    return {
        # Both sides of every transfer, signed: what an account statement lists.
        "postings": f"""
SELECT seq, event_index, time, account_id, owner_kind, owner, asset, purpose, units,
    {decimal("units", "decimals")} AS amount, trade_id, note
FROM (
    SELECT t.seq, t.event_index, t.time, {side}, {negative} AS units
    FROM transfers t JOIN accounts a ON a.account_id = t.debit_account
    JOIN assets s ON s.asset = a.asset
    UNION ALL
    SELECT t.seq, t.event_index, t.time, {side}, t.units AS units
    FROM transfers t JOIN accounts a ON a.account_id = t.credit_account
    JOIN assets s ON s.asset = a.asset
) sides""",
        # What the node owes each owner; a venue's account is negative by what it holds for us.
        "balances": f"""
SELECT a.owner_kind, a.owner, a.asset, a.balance_units AS units,
    {decimal("a.balance_units", "s.decimals")} AS balance, a.account_id, a.changed_seq
FROM accounts a JOIN assets s ON s.asset = a.asset""",
        # Every balance against the sum of its postings.
        "account_totals": f"""
SELECT p.account_id, p.owner_kind, p.owner, p.asset, p.posting_count, p.units,
    {decimal("p.units", "s.decimals")} AS amount,
    CASE WHEN p.units = a.balance_units THEN 1 ELSE 0 END AS is_balance
FROM ({exact("account_id, owner_kind, owner, asset", "postings", "units", "posting_count")}) p
JOIN accounts a ON a.account_id = p.account_id JOIN assets s ON s.asset = p.asset""",
        # What each owner paid and received, by purpose: trades, fees, funding, transfers.
        "purpose_totals": f"""
SELECT p.owner_kind, p.owner, p.asset, p.purpose, p.posting_count, p.units,
    {decimal("p.units", "s.decimals")} AS amount
FROM ({exact("owner_kind, owner, asset, purpose", "postings", "units", "posting_count")}) p
JOIN assets s ON s.asset = p.asset""",
        # Per asset over all accounts: units is zero, or the ledger is wrong.
        "trial_balance": f"""
SELECT b.asset, b.account_count, b.units, {decimal("b.units", "s.decimals")} AS amount
FROM ({exact("asset", "accounts", "balance_units", "account_count")}) b
JOIN assets s ON s.asset = b.asset""",
        # Executions with what was paid and charged, in the quote asset.
        "execution_amounts": f"""
SELECT e.*, i.quote AS quote, {decimal("e.quote_units", "s.decimals")} AS amount,
    {decimal("e.fee_units", "s.decimals")} AS fee
FROM executions e JOIN instruments i ON i.symbol = e.symbol JOIN assets s ON s.asset = i.quote""",
    }


def _sum_in_postgres(keys: str, table: str, column: str, count: str) -> str:
    return (
        f"SELECT {keys}, COUNT(*) AS {count}, SUM({column}) AS units FROM {table} GROUP BY {keys}"
    )


def _decimal_in_postgres(column: str, decimals: str) -> str:
    # A product with a power of ten is exact; a quotient would be rounded to some scale.
    return f"trim_scale({column} * ('1e-' || {decimals})::numeric)"


def _decimal_in_sqlite(column: str, decimals: str) -> str:
    """Text of `column` with the point moved `decimals` to the left, without trailing zeros."""
    digits = f"ltrim({column}, '-')"
    padded = f"(substr('{ZEROS}', 1, max(0, {decimals} + 1 - length({digits}))) || {digits})"
    part = f"rtrim(substr({padded}, length({padded}) - {decimals} + 1), '0')"
    whole = f"substr({padded}, 1, length({padded}) - {decimals})"
    sign = f"CASE WHEN {column} LIKE '-%' THEN '-' ELSE '' END"
    return f"({sign} || {whole} || CASE WHEN {part} = '' THEN '' ELSE '.' || {part} END)"


def _sum_in_sqlite(keys: str, table: str, column: str, count: str) -> str:
    """The exact sum of texts: sums of digit groups, then carries, then the text.

    A carry rounds towards minus infinity, so below the highest group every group ends within
    0..BASE-1 and the highest has the sign of the whole. Of a negative sum the groups are then taken
    from the next power of BASE.
    """
    padded = f"substr('{ZEROS}' || ltrim({column}, '-'), -{len(ZEROS)})"
    sign = f"CASE WHEN {column} LIKE '-%' THEN -1 ELSE 1 END"
    groups = [
        f"SUM(({sign}) * CAST(substr({padded}, {1 + at * GROUP_DIGITS}, {GROUP_DIGITS})"
        f" AS INTEGER)) AS g{GROUPS - 1 - at}"
        for at in range(GROUPS)
    ]
    sql = f"SELECT {keys}, COUNT(*) AS {count}, {', '.join(groups)} FROM {table} GROUP BY {keys}"
    for at in range(GROUPS - 1):
        rest = f"((g{at} % {BASE} + {BASE}) % {BASE})"
        others = [f"g{i}" for i in range(GROUPS) if i not in (at, at + 1)]
        carried = f"g{at + 1} + (g{at} - {rest}) / {BASE} AS g{at + 1}"
        sql = (
            f"SELECT {keys}, {count}, {', '.join(others)}, {rest} AS g{at}, {carried} FROM ({sql})"
        )
    top = GROUPS - 1
    borrows = [f"({' + '.join(f'g{i}' for i in range(at)) or '0'} > 0)" for at in range(GROUPS)]
    lower = [f"({BASE} - g{at} - {borrows[at]}) % {BASE}" for at in range(top)]
    shape = f"'%d{'%09d' * top}'"
    plus = f"printf({shape}, {', '.join(f'g{at}' for at in reversed(range(GROUPS)))})"
    minus = f"printf({shape}, -g{top} - {borrows[top]}, {', '.join(reversed(lower))})"
    return f"""SELECT {keys}, {count}, CASE
        WHEN g{top} < 0 THEN '-' || ltrim({minus}, '0')
        ELSE COALESCE(NULLIF(ltrim({plus}, '0'), ''), '0') END AS units
    FROM ({sql})"""
