"""Pages for the proprietor of a business, about that business only."""
