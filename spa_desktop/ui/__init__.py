"""The window. The only package that imports Qt, and one that never imports torch: see docs/window.md."""

import sys
from typing import Any

import PySide6.QtCore  # noqa: F401

# PySide looks through the source of every module that is imported after it for its own name, in case one uses its
# `__feature__`, and Python keeps the text: 110 MB and a third of a second with torch and scikit-learn. Nobody uses it.
_feature: Any = sys.modules.get("shibokensupport.feature")
if hasattr(_feature, "_mod_uses_pyside"):
    _feature._mod_uses_pyside = lambda module: False
