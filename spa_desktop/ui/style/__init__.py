"""How the window looks: theme, palettes, icons, and its language."""
