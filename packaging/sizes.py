"""The size of a bundle, part by part: ``python packaging/sizes.py FOLDER``."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

_SHOWN = 24


def sizes(bundle: Path) -> Counter[str]:
    """Bytes of each part: a package or a library of its own, or the program with all Python modules in it."""
    found: Counter[str] = Counter()
    for file in bundle.rglob("*"):
        if file.is_file() and not file.is_symlink():
            parts = file.relative_to(bundle).parts
            inner = parts[1:] if parts[0] == "_internal" else parts
            name = inner[0] if len(inner) > 1 else f"{inner[0]}"
            found[name.split(".so")[0].split(".libs")[0]] += file.stat().st_size
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    found = sizes(parser.parse_args().bundle)
    print("| part | MB |\n| --- | --- |")
    for name, size in found.most_common(_SHOWN):
        print(f"| `{name}` | {size / 1e6:.1f} |")
    rest = sum(found.values()) - sum(size for _, size in found.most_common(_SHOWN))
    print(f"| {max(len(found) - _SHOWN, 0)} smaller ones | {rest / 1e6:.1f} |")
    print(f"| all | {sum(found.values()) / 1e6:.1f} |")


if __name__ == "__main__":
    main()
