"""`python -m spa_desktop` is `spa-desktop`."""

from __future__ import annotations

from spa_desktop.cli import main

if __name__ == "__main__":
    main()
