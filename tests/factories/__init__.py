"""Ready-made rows for tests, written through the product's own actions."""
