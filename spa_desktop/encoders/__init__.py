"""Encoders: photos and texts to features in one space. Knows nothing of SPA."""
