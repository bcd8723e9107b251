"""Pure: RTMP as the specification has it (Adobe, "Real-Time Messaging Protocol", 1.0, 2012), without a socket."""
