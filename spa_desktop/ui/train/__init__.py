"""The page that learns: what will be learned, how it goes, and what came of it."""
