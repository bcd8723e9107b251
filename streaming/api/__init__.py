"""Door for programs: stream keys, publishes, media nodes, playback tokens."""
