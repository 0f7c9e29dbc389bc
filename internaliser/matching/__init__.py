"""The book: price-time priority over integers."""
