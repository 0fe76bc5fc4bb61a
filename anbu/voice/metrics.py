"""What an operator watches of speech; read at /webhooks/voice/metrics. No words, no names."""

from prometheus_client import Counter, Gauge, Histogram

SPOKEN = Counter(
    "anbu_speech_replies_total",
    "Replies by how they were spoken: cached or fresh audio, or Twilio's voice because …",
    ["how"],  # audio | fresh | say_off | say_late | say_failed | say_open | say_busy
)
SYNTHESIS = Histogram(
    "anbu_speech_synthesis_seconds", "Time of a request to the cloud voice", ["result"],
    buckets=(0.1, 0.2, 0.4, 0.8, 1.2, 2, 4, 8),
)  # fmt: skip
BREAKER = Gauge("anbu_speech_breaker_open", "1 while the cloud voice is left alone after failures")
SERVED = Counter("anbu_audio_requests_total", "Requests for audio by status", ["status"])
