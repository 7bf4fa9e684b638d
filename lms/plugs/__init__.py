"""What connects outward: one module each."""
