"""Corrections: the card that says what a photo is, and the tray in which what was said waits to be learned."""
