package com.example.login;

import com.countersign.mfa.v1.ClientContext;
import com.countersign.mfa.v1.MfaServiceGrpc.MfaServiceBlockingStub;
import com.countersign.mfa.v1.VerifyCodeRequest;
import com.countersign.mfa.v1.VerifyCodeResponse;
import java.time.Duration;
import java.util.Optional;

final class Login {
  static final Duration TIME_LIMIT = Duration.ofSeconds(5);

  private Login() {}

  // snippet:login begin
  /**
   * Asks whether a code that the user entered is good; an exception is never an approval.
   *
   * @param requestId fresh for each code entered and the same for each time that this code is asked
   *     about: with it a retry gets the answer that was lost, without it CODE_REPLAYED
   */
  static Verdict checkCode(
      MfaServiceBlockingStub mfa,
      String userId,
      String code,
      String requestId,
      Duration timeLimit) {
    // For the audit log and the policy's IP rules.
    var endUser = ClientContext.newBuilder().setIpAddress("192.0.2.7").setUserAgent("Mozilla/5.0");
    var request =
        VerifyCodeRequest.newBuilder()
            .setUserId(userId)
            .setCode(code)
            .setRequestId(requestId)
            .setContext(endUser)
            .build();
    return judge(mfa.withDeadlineAfter(timeLimit).verifyCode(request));
  }

  /** Reads the outcome. One that is not set, or newer than this client, refuses. */
  static Verdict judge(VerifyCodeResponse response) {
    return switch (response.getOutcomeCase()) {
      case APPROVED -> new Verdict(Optional.of(response.getApproved()), Optional.empty());
      case REJECTED -> new Verdict(Optional.empty(), Optional.of(response.getRejected()));
      default -> Verdict.REFUSED;
    };
  }
  // snippet:login end
}
