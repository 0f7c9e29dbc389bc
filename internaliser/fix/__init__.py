"""Bytes, messages, sessions. Knows no orders and none of the model."""
