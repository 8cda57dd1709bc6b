"""Who did what, when and by which clause: an append-only, hash-chained record."""
