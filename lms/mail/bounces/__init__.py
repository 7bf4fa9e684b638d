"""Letters that come back: each goes out under a sender's address of its own, and what is sent there is judged."""
