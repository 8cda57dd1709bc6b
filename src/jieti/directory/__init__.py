"""The directory 名录: what the public may know of a business, and nothing else (附件一(二)2)."""
