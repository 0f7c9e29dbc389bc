"""Conformance: readable scenarios of the FIX rules, run against any acceptor or initiator."""
