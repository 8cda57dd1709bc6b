"""Settings, addresses and command line of the product."""
