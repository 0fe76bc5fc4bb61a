"""How well utterances are understood: gold sets, figures, reports and the committed baseline."""
