"""An invented district to try the product on: businesses, files as departments send them, sample accounts."""
