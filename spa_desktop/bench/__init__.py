"""The incremental protocol: data sets, class order, metrics, baselines and the bench that runs them."""
