"""The page Sort: photos without names become classes."""
