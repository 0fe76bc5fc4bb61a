"""Calls: scripts, the record of what was said, their end. Imports casework, language, assessment and store."""
