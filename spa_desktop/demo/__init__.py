"""Demo photos that the app draws itself: textured things in cluttered places, with a mask of where each thing is.

The photos belong to nobody, need no network, and are the same for the same seed. Eight classes stand in two tasks; the
places, the light and the clutter are shared by all classes, so that only the thing tells a class.
"""

from spa_desktop.demo.demo_photos import DemoSet, DemoTask, draw_demo

__all__ = ["DemoSet", "DemoTask", "draw_demo"]
