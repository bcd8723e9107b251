"""Redis and the Channels layer: what browsers are told without asking."""

from vms.settings.env import env

REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
# One that hangs must not hang who asks it.
REDIS_TIMEOUT_SECONDS = 2
REDIS_TIMEOUTS = {"socket_timeout": REDIS_TIMEOUT_SECONDS, "socket_connect_timeout": REDIS_TIMEOUT_SECONDS}

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [{"address": REDIS_URL, **REDIS_TIMEOUTS}], "prefix": "vms:live"},
    }
}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": REDIS_TIMEOUTS,
        "KEY_PREFIX": "vms:cache",
    }
}
