"""SPA Desktop: teach an image classifier, class by class, without starting over."""

import os

__version__ = "0.1.0"

# Before torch's OpenMP is loaded: its threads would otherwise spin while they wait, and on few cores they then wait for
# each other. With decoding threads beside it the encoder was up to ten times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
