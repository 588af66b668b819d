from collections.abc import Callable
from pathlib import Path

import grpc

from settings import Settings


# snippet:channel begin
def open_channel(settings: Settings) -> grpc.Channel:
    """Makes the one channel a process needs: it keeps connections and makes them anew."""
    # As Countersign publishes it: time limits, and retries where a call is safe to repeat.
    options = [("grpc.service_config", settings.service_config)]
    if settings.ca_file is None:
        return grpc.insecure_channel(settings.target, options)  # development on loopback only
    credentials = grpc.ssl_channel_credentials(
        root_certificates=read(settings.ca_file),
        private_key=read(settings.key_file),
        certificate_chain=read(settings.cert_file),
    )
    if settings.token is not None:
        bearer = grpc.metadata_call_credentials(Bearer(settings.token))
        credentials = grpc.composite_channel_credentials(credentials, bearer)
    return grpc.secure_channel(settings.target, credentials, options)


class Bearer(grpc.AuthMetadataPlugin):
    """Sends the caller's token with each call. gRPC keeps it off cleartext connections."""

    def __init__(self, token: Callable[[], str]):
        self.token = token

    def __call__(self, context, callback):
        try:
            callback((("authorization", f"Bearer {self.token()}"),), None)
        except OSError as error:
            callback((), error)


# snippet:channel end


def read(path: str | None) -> bytes | None:
    return None if path is None else Path(path).read_bytes()
