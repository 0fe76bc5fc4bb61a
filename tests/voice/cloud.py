"""A real gRPC server that implements google.cloud.texttospeech.v1.TextToSpeech, for tests.

It answers with a hum as long as the words would take, and can be told to be slow, silent, broken or to refuse.
"""

from __future__ import annotations

import io
import re
import threading
from concurrent import futures
from contextlib import contextmanager

import grpc
import numpy
import soundfile
from google.cloud import texttospeech as tts

METHOD = "/google.cloud.texttospeech.v1.TextToSpeech/SynthesizeSpeech"
PER_SYLLABLE = 0.15  # seconds


def hum(seconds: float, subtype: str = "ULAW", rate: int = 8000) -> bytes:
    """A WAV of a quiet 200 Hz hum."""
    t = numpy.arange(int(seconds * rate)) / rate
    out = io.BytesIO()
    soundfile.write(out, 0.2 * numpy.sin(2 * numpy.pi * 200 * t), rate, format="WAV", subtype=subtype)
    return out.getvalue()


class CloudStandIn(grpc.GenericRpcHandler):
    """`mode`: ok | hang | garbage | empty | wrong_format | endless | refuse | unauthenticated."""

    def __init__(self):
        self.mode, self.requests = "ok", []
        self.released = threading.Event()
        self.endpoint = ""

    def service(self, details):
        if details.method != METHOD:
            return None
        return grpc.unary_unary_rpc_method_handler(
            self._synthesize,
            request_deserializer=tts.SynthesizeSpeechRequest.deserialize,
            response_serializer=tts.SynthesizeSpeechResponse.serialize,
        )

    def _synthesize(self, request, context):
        self.requests.append(request)
        spoken = len(re.findall("[가-힣]", request.input.ssml))
        rate = request.audio_config.speaking_rate or 1
        sound = hum(max(0.3, spoken * PER_SYLLABLE / rate))
        if self.mode == "hang":
            self.released.wait(20)
        elif self.mode == "refuse":
            context.abort(grpc.StatusCode.UNAVAILABLE, "the service is down")
        elif self.mode == "unauthenticated":
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "who are you")
        elif self.mode == "garbage":
            sound = b"<html>502 Bad Gateway</html>"
        elif self.mode == "empty":
            sound = b""
        elif self.mode == "wrong_format":
            sound = hum(1.0, "PCM_16", 24000)
        elif self.mode == "endless":
            sound = hum(120.0)
        return tts.SynthesizeSpeechResponse(audio_content=sound)


@contextmanager
def cloud_stand_in():
    """The server on loopback for the length of a `with`."""
    stand_in = CloudStandIn()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16), handlers=[stand_in])
    stand_in.endpoint = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield stand_in
    finally:
        stand_in.released.set()
        server.stop(0)
