"""Guidelines and codes of conduct: published in versions, read and confirmed, shared between organisations."""
