"""The page that says how well it was learned: figures, curves, mistakes."""
