"""One guideline for several organisations: offered by its owner, taken into use version by version by each."""
