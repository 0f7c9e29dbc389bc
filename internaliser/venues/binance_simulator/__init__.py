"""A simulated Binance Spot: REST, streams and WebSocket API on one port, and misbehaviour.

Written from the venue's own text and from recordings. It shares no line with the adapter that
trades there: two readings of one text find more errors than one.
"""
