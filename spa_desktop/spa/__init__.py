"""SPA, Semantic-guided Patch-level Alignment: the method, on tensors alone. docs/method.md has its formulas in order.

The order of ideas follows Sun, Ding and Zhou, "Unlocking Patch-Level Features for CLIP-Based Class-Incremental
Learning" (arXiv 2605.13835, 2026). Only its abstract is public to us, so each formula here is ours unless its docstring
names another source.
"""
