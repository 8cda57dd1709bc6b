"""Spark beside the other engines; `make test-spark` installs what it needs and runs these."""
