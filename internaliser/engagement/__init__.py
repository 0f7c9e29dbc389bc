"""The rules of engagement: what a counterparty's desk must know to speak FIX with this node."""
