"""The window. The only package that imports Qt, and one that never imports torch: see docs/window.md."""
