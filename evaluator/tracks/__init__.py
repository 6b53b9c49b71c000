"""The tracks that are shipped, one YAML file each."""
