"""The field's own terms and counting rules in plain Python: no Django, no engine."""
