"""Outside books on the edge: snapshot and changes in, views for the core out. No clock here."""
