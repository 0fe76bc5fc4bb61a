"""The reviewers' console: server-rendered pages over casework. Routes are thin; queries live in anbu/casework."""
