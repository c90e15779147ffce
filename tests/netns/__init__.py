"""Equipment and tests with real kernels' networks; they need root, `ip` and `tc`."""
