"""Pure: every FFmpeg argument of the house."""
