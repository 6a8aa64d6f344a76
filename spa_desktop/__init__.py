"""SPA Desktop: teach an image classifier, class by class, without starting over."""

__version__ = "0.1.0"
