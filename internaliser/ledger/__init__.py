"""The SQL ledger: the durable journal projected into SQLite or PostgreSQL, for accountants."""
