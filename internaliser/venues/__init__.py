"""Outside markets: simulators speaking the venues' own protocols."""
