"""From photos of unknown class to proposed classes."""
