"""Objections to tiers, from the filing to the reply letter."""
