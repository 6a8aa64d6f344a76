"""The Explain page: which patches of a photo supported a class, and which phrases they met."""
