"""Published methods on the same cached features as SPA: what it has to beat."""
