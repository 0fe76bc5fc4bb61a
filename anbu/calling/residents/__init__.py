"""Residents: telephone numbers, lists in and out, who may be called. Imports store and the working calendar."""
