"""How one camera's stream becomes files: read FFmpeg, split into fragments, place on the wall clock, append, index."""
