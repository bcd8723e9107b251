"""How video moves: who may publish, what flows, who may watch.

Doors:  callbacks (the media node), views (people), api (programs), tasks (the clock), management (the node itself)
Rooms:  ingest (admit, refuse, end a publish), stream_keys, nodes, viewing (who may fetch bytes),
        publish_addresses (what an installer types into the camera), node_config
Pure:   ffmpeg (every FFmpeg argument in the house), hls (playlists as text), rtmp (playing a stream, without
        a socket)
Looks down on:  cameras, accounts
"""
