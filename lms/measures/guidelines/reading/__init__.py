"""Reading a guideline and confirming it: the pages of whoever is asked."""
