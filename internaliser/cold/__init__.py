"""Cold messages: what clients ask beside trading, answered in Python from projections."""
