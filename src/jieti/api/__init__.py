"""The HTTP interface, version 1: the open directory, the register by scope, and the departments' deliveries."""
