"""Media nodes, recording, playback: addresses, folders, lengths."""

from environs import validate

from vms.settings.env import env, env_path

PUBLIC_HOST = env.str("PUBLIC_HOST", "127.0.0.1")
BIND_ADDRESS = env.str("BIND_ADDRESS", "0.0.0.0")  # noqa: S104  (cameras come from elsewhere; the try-out sets loopback)

NODE_NAME = env.str("NODE_NAME", "local")
NODE_REGION = env.str("NODE_REGION", "")
NODE_CONTROL_PORT = env.int("NODE_CONTROL_PORT", 8090)
NODE_CONTROL_URL = env.str("NODE_CONTROL_URL", "http://127.0.0.1:8090")
NODE_ACCESS_LOG = env.str("NODE_ACCESS_LOG", "")

HTTP_PORT = env.int("HTTP_PORT", 8080)
RTMP_PORT = env.int("RTMP_PORT", 1935)
RTMPS_PORT = env.int("RTMPS_PORT", 1936)
RTMP_PROXY_PORT = env.int("RTMP_PROXY_PORT", 1937)
WEB_ADDRESS = env.str("WEB_ADDRESS", "127.0.0.1:8000")

MEDIA_ROOT_PATH = env_path("MEDIA_ROOT", "var/media")
RUN_ROOT = env_path("RUN_ROOT", "var/run")
HLS_ROOT = env_path("HLS_ROOT", "var/run/hls")
TLS_CERTIFICATE = env_path("TLS_CERTIFICATE", "var/run/tls.crt")
TLS_KEY = env_path("TLS_KEY", "var/run/tls.key")

PUBLISH_UPDATE_SECONDS = env.int("PUBLISH_UPDATE_SECONDS", 10)
PUBLISH_IDLE_SECONDS = env.int("PUBLISH_IDLE_SECONDS", 10)
STREAM_KEY_OVERLAP_SECONDS = env.int("STREAM_KEY_OVERLAP_SECONDS", 24 * 3600)

HLS_FRAGMENT_SECONDS = env.int("HLS_FRAGMENT_SECONDS", 2)
HLS_FRAGMENTS = 6

RECORDER_SOURCE = env.str("RECORDER_SOURCE", "auto")
# No more than a day: recordings.querysets looks no further back for a file that may reach into a range.
RECORDING_ROTATION_SECONDS = env.int("RECORDING_ROTATION_SECONDS", 3600, validate=validate.Range(1, 86_400))
RECORDING_MIN_FREE_BYTES = env.int("RECORDING_MIN_FREE_BYTES", 1024**3)
RECORDER_LEASE_SECONDS = env.int("RECORDER_LEASE_SECONDS", 8)
RECORDER_RECONCILE_SECONDS = env.int("RECORDER_RECONCILE_SECONDS", 5)

PLAYBACK_TOKEN_SECONDS = env.int("PLAYBACK_TOKEN_SECONDS", 3600)
PLAYBACK_AUTH_CACHE_SECONDS = env.int("PLAYBACK_AUTH_CACHE_SECONDS", 10)
PLAYBACK_MAX_DAYS = 31

FFMPEG = env.str("FFMPEG", "ffmpeg")
NGINX = env.str("NGINX", "nginx")
NGINX_MODULES = env.str("NGINX_MODULES", "/usr/lib/nginx/modules")
