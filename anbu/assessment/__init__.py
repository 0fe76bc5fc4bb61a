"""The vocabulary, the rubric and the scoring: pure functions over YAML in data/assessment. Imports nothing of anbu."""
