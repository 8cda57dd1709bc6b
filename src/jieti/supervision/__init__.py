"""督办: what the year demands of whom by when, whether it is done, and who hears of it when it is not."""
