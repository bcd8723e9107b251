"""Door for programs: cameras, sites, groups."""
