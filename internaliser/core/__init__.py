"""The steps: risk, credit, plan, match, rest, post, emit."""
