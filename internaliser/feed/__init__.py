"""Market data and drop copy, from the durable journal."""
