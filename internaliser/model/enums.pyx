"""Closed lists of the model; the values live in enums.pxd."""
