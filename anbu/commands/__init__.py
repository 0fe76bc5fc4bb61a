"""Groups of `anbu …` commands. Heavy imports happen inside the commands, so that each starts fast."""
