"""Door for programs: recordings, coverage, recording policies, stream health."""
