"""A self-hosted FIX venue: matches inside, routes the rest outside, survives a crash."""

__version__ = "0.1.0"
