"""Speed and growth, as ratios to a limit measured in the same run: ``python -m benchmarks.speed``."""

# Before torch: how its threads wait is settled when it is loaded, and the app has them wait without spinning.
import spa_desktop  # noqa: F401
