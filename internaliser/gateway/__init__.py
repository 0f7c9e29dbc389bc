"""FIX meaning to commands, events to FIX meaning; the door in between."""
