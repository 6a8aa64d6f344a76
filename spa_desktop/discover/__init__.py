"""From photos without names to classes: what a pile of photos holds, and how a person finds a way through it."""
