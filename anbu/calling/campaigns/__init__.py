"""Campaigns: what the office wants called, when, how often and with which retries; rounds and attempts from it."""
