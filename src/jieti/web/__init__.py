"""Pages: one folder per audience. Views ask, show and call actions; they write nothing themselves."""
