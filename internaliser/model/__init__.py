"""The nouns: closed lists, records, commands, events, instruments."""
