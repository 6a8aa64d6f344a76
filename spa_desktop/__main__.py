"""`python -m spa_desktop` is `spa-desktop`."""

from __future__ import annotations


def main() -> None:
    """Run the command line. Ctrl+C while its modules are loaded is no traceback either."""
    try:
        from spa_desktop.cli import main as run

        run()
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
