"""The Explain page: which patches of a photo spoke for a class, and which phrases they met."""
