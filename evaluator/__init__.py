"""The judge: tracks, datasets, instances, supervised trials, scoring and records."""
