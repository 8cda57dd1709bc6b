"""The district's picture: figures for everybody, reports and the statistical export made from them (正文一.c)."""
