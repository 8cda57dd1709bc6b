"""Figures in groups of three, as official statistics write them; Django groups Chinese figures by four, unseparated."""

THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
