"""Measurements: the engine against the stock one, and how well utterances are understood."""
