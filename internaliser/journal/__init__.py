"""The truth on disk: batches, writer, reader, snapshot."""
