"""How video moves: who may publish, what flows, who may watch.

Doors:  callbacks (the media node), views (people), api (programs), tasks (the clock), management (the node itself)
Rooms:  admission (may a publisher begin, may it go on), attempts (refused publishes), ingest (a publish flows, has
        trouble, ends), stream_keys, commissioning (many cameras from a list), nodes, viewing (who may
        fetch bytes), publish_addresses (what an installer types into the camera), node_config
Pure:   ffmpeg (every FFmpeg argument in the house), hls (playlists as text), rtmp (playing a stream, without
        a socket), gathering (what is asked at one moment is decided together), http_answers
Looks down on:  cameras, accounts
"""
