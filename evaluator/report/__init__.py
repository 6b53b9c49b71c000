"""Reports: what the records of one run, or of several side by side, show in one HTML file."""
