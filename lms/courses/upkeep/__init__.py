"""Facts and help services kept true by the scheme's staff: looked up again, and corrected without a developer."""
