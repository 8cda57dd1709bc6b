"""Sizes that do not follow the command line."""

DISTRICT = 40_000
"""Businesses of Huairou."""
