"""How spa-lite is made: its projections and graphs. Not part of an installation."""
