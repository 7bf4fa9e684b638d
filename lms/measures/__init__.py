"""What an organisation does about its risks: measures, and the guidelines its people know and confirm."""
