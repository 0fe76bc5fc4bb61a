"""The vocabulary, the rubric and the scoring: pure functions, no I/O beyond reading YAML under data/assessment. Imports nothing of anbu."""
