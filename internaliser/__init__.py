"""The internaliser node: a self-hosted FIX venue that matches inside and routes the rest outside."""

__version__ = "0.1.0"
