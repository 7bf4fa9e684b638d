"""What comes of a mapping: files, the comparison with the round before, and the form that is shown to everybody."""
