"""Objections 异议申诉 to tiers: filed, verified with the suppliers, decided, corrected, replied to."""
