"""Speed and growth, as ratios to a limit measured in the same run: ``python -m benchmarks.speed``."""
