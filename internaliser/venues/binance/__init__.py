"""Binance Spot over REST and WebSocket: an adapter of the contract in venues/contract.py.

Everything but `transport` and the adapter's life is sans-I/O: texts and times in, texts out. The
venue's own words for things (symbol, weight, executionReport) are used for the venue's own things.
"""
