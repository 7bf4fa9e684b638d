"""`python -m tests.bench`: what a page costs, beside a floor that does the least a page can do."""
