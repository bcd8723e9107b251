"""Pure: HLS playlists as text."""
