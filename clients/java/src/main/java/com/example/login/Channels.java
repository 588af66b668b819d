package com.example.login;

import com.google.gson.Gson;
import com.google.gson.reflect.TypeToken;
import io.grpc.CallCredentials;
import io.grpc.ChannelCredentials;
import io.grpc.CompositeChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

final class Channels {
  private Channels() {}

  // snippet:channel begin
  /** Makes the one channel a process needs: it keeps connections and makes them anew. */
  static ManagedChannel open(Settings settings) throws IOException {
    return Grpc.newChannelBuilder(settings.target(), credentials(settings))
        .defaultServiceConfig(serviceConfig())
        .build();
  }

  /** As Countersign publishes it: time limits, and retries where a call is safe to repeat. */
  private static Map<String, ?> serviceConfig() throws IOException {
    try (var json = Channels.class.getResourceAsStream("/service-config-with-request-id.json")) {
      var reader = new InputStreamReader(json, StandardCharsets.UTF_8);
      return new Gson().fromJson(reader, new TypeToken<Map<String, ?>>() {});
    }
  }

  private static ChannelCredentials credentials(Settings settings) throws IOException {
    // Development on loopback only.
    if (settings.caFile().isEmpty()) return InsecureChannelCredentials.create();
    var tls = TlsChannelCredentials.newBuilder().trustManager(settings.caFile().get().toFile());
    if (settings.certFile().isPresent() && settings.keyFile().isPresent()) {
      tls.keyManager(settings.certFile().get().toFile(), settings.keyFile().get().toFile());
    }
    return settings
        .token()
        .map(token -> CompositeChannelCredentials.create(tls.build(), new Bearer(token)))
        .orElseGet(tls::build);
  }

  /** Sends the caller's token with each call. */
  private static final class Bearer extends CallCredentials {
    private static final Metadata.Key<String> AUTHORIZATION =
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private final Supplier<String> token;

    Bearer(Supplier<String> token) {
      this.token = token;
    }

    @Override
    public void applyRequestMetadata(RequestInfo call, Executor executor, MetadataApplier applier) {
      executor.execute(
          () -> {
            try {
              var headers = new Metadata();
              headers.put(AUTHORIZATION, "Bearer " + token.get());
              applier.apply(headers);
            } catch (RuntimeException e) {
              applier.fail(Status.UNAUTHENTICATED.withCause(e));
            }
          });
    }
  }
  // snippet:channel end
}
