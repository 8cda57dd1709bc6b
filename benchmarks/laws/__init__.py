"""The same law as others would write it: by hand in polars, SQL and Python, and in the words of peers."""
