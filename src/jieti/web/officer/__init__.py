"""Pages for the officers of the district regulator."""
