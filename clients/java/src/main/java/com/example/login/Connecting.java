package com.example.login;

import static com.example.login.Expectations.errorOf;
import static com.example.login.Expectations.expect;

import com.countersign.mfa.v1.GetMfaStatusRequest;
import com.countersign.mfa.v1.GetMfaStatusResponse;
import com.countersign.mfa.v1.MfaServiceGrpc;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** How the channel behaves: what it tries again, whom it believes and who is let in. */
record Connecting(Settings settings) {
  /** Sizes of requests over the limit of 64 KiB. */
  static final List<Integer> OVERSIZES = List.of(100_000, 400_000, 2_000_000);

  /** Steps that need what is not configured are left out. */
  List<Step> steps() {
    var steps = new ArrayList<Step>();
    settings
        .unsteadyTarget()
        .ifPresent(target -> steps.add(new Step("retry policy", () -> retryPolicy(target))));
    if (settings.caFile().isPresent()) steps.add(new Step("TLS", this::tls));
    if (settings.certFile().isPresent()) steps.add(new Step("mTLS", this::mutualTls));
    if (settings.token().isPresent()) steps.add(new Step("bearer token", this::bearerToken));
    return steps;
  }

  /** Calls a server that is unavailable twice first. The service config alone tries again. */
  private void retryPolicy(String unsteadyTarget) throws IOException {
    var answer = callThrough(Channels.open(settings.withTarget(unsteadyTarget)));
    expect(answer.getEnabled(), answer);
  }

  /** Trusts other authorities than the service's own, and so does not believe it. */
  private void tls() {
    var stranger =
        Grpc.newChannelBuilder(settings.target(), TlsChannelCredentials.create()).build();
    var error = errorOf(() -> callThrough(stranger));
    expect(error.getStatus().getCode() == Status.Code.UNAVAILABLE, error);
  }

  /** Shows no certificate, and is not let in. */
  private void mutualTls() throws IOException {
    var nobody = Channels.open(settings.withoutCertificate());
    var error = errorOf(() -> callThrough(nobody));
    expect(error.getStatus().getCode() == Status.Code.UNAVAILABLE, error);
  }

  /** Shows a token that does not hold. Neither its certificate nor its size changes that. */
  private void bearerToken() throws IOException {
    var forger = Channels.open(settings.withToken("forged"));
    var error = errorOf(() -> callThrough(forger));
    expect(error.getStatus().getCode() == Status.Code.UNAUTHENTICATED, error);
    expect(Errors.reasonOf(error).equals(Optional.of("UNAUTHENTICATED")), error);
    for (var size : OVERSIZES) {
      var channel = Channels.open(settings.withToken("forged"));
      var large = errorOf(() -> callThrough(channel, "x".repeat(size)));
      expect(large.getStatus().getCode() == Status.Code.UNAUTHENTICATED, large);
    }
  }

  private static GetMfaStatusResponse callThrough(ManagedChannel channel) {
    return callThrough(channel, "anyone-" + UUID.randomUUID());
  }

  private static GetMfaStatusResponse callThrough(ManagedChannel channel, String userId) {
    try {
      var mfa = MfaServiceGrpc.newBlockingStub(channel).withDeadlineAfter(Login.TIME_LIMIT);
      return mfa.getMfaStatus(GetMfaStatusRequest.newBuilder().setUserId(userId).build());
    } finally {
      channel.shutdownNow();
    }
  }
}
