package com.example.login;

import static com.example.login.EndUser.appCode;
import static com.example.login.EndUser.mistyped;
import static com.example.login.EndUser.textMessage;
import static com.example.login.Expectations.errorOf;
import static com.example.login.Expectations.expect;

import com.countersign.mfa.v1.Method;
import com.countersign.mfa.v1.MfaServiceGrpc;
import com.countersign.mfa.v1.MfaServiceGrpc.MfaServiceBlockingStub;
import com.countersign.mfa.v1.RejectionReason;
import com.countersign.mfa.v1.SendVerificationCodeRequest;
import com.countersign.mfa.v1.SetupMfaRequest;
import com.countersign.mfa.v1.VerifyCodeResponse;
import com.countersign.mfa.v1.VerifySetupRequest;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

final class Story {
  private final Settings settings;
  private final MfaServiceBlockingStub mfa;

  private final String userId = "java-" + UUID.randomUUID();
  private String secret;
  private Instant enrolTime;
  private String loginCode;
  private List<String> backupCodes;

  private final String smsUser = "java-sms-" + UUID.randomUUID();
  private List<String> smsBackupCodes;

  Story(Settings settings, Channel channel) {
    this.settings = settings;
    this.mfa = MfaServiceGrpc.newBlockingStub(channel);
  }

  /** The story in order. */
  List<Step> steps() {
    var steps = new ArrayList<Step>();
    steps.add(new Step("enrol TOTP", this::enrolTotp));
    steps.add(new Step("confirm", this::confirm));
    steps.add(new Step("log in", this::logIn));
    steps.add(new Step("wrong code", this::wrongCode));
    steps.add(new Step("replay", this::replay));
    steps.add(new Step("lock", this::lock));
    steps.add(new Step("backup code", this::backupCode));
    steps.add(new Step("SMS code", this::smsCode));
    steps.add(new Step("error details", this::errorDetails));
    steps.add(new Step("oversized request", this::oversizedRequest));
    steps.add(new Step("deadline", this::deadline));
    steps.add(new Step("unset outcome", this::unsetOutcome));
    steps.addAll(new Connecting(settings).steps());
    return steps;
  }

  private void enrolTotp() {
    var request =
        SetupMfaRequest.newBuilder().setUserId(userId).setMethod(Method.METHOD_TOTP).build();
    var setup = mfa().setupMfa(request);
    backupCodes = setup.getBackupCodesList(); // shown to the user this once
    secret = setup.getTotp().getSecret();
  }

  private void confirm() {
    enrolTime = Instant.now();
    confirmWith(userId, appCode(secret, enrolTime));
  }

  /** Takes the next code, for the one that confirmed is spent. One step early is good. */
  private void logIn() {
    loginCode = appCode(secret, enrolTime.plusSeconds(30));
    var verdict = check(loginCode);
    expect(verdict.approved(), verdict);
  }

  private void wrongCode() {
    expectRejection(check(mistyped(loginCode)), RejectionReason.REJECTION_REASON_INVALID_CODE, 2);
  }

  /** Costs no attempt: the code that was accepted last is no guess. */
  private void replay() {
    expectRejection(check(loginCode), RejectionReason.REJECTION_REASON_CODE_REPLAYED, 2);
  }

  /** Spends the attempts that are left. From then on every code gets one answer, which says how long. */
  private void lock() {
    check(mistyped(loginCode));
    check(mistyped(loginCode));
    var verdict = check(loginCode);
    expectRejection(verdict, RejectionReason.REJECTION_REASON_TOO_MANY_ATTEMPTS, 0);
    var seconds = verdict.rejection().orElseThrow().getRetryAfter().getSeconds();
    expect(seconds > 0 && seconds <= 30, verdict);
  }

  /** Gets the user in meanwhile: backup codes are counted apart. */
  private void backupCode() {
    var verdict = check(backupCodes.get(0));
    expect(verdict.approved() && verdict.approval().get().getBackupCodesRemaining() == 9, verdict);
  }

  private void smsCode() throws Exception {
    var phoneNumber = settings.phoneNumber();
    var setup =
        mfa()
            .setupMfa(
                SetupMfaRequest.newBuilder()
                    .setUserId(smsUser)
                    .setMethod(Method.METHOD_SMS)
                    .setPhoneNumber(phoneNumber)
                    .build());
    smsBackupCodes = setup.getBackupCodesList();
    confirmWith(smsUser, textMessage(settings.outbox(), phoneNumber));
    // A request id makes the retries safe: one id, one message.
    mfa().sendVerificationCode(sending().setRequestId(newRequestId()).build());
    var code = textMessage(settings.outbox(), phoneNumber);
    var verdict = Login.checkCode(mfa, smsUser, code, newRequestId(), Login.TIME_LIMIT);
    expect(verdict.approval().map(a -> a.getMethod() == Method.METHOD_SMS).orElse(false), verdict);
  }

  private void errorDetails() {
    var nobody = "nobody-" + UUID.randomUUID();
    var unknown =
        errorOf(() -> Login.checkCode(mfa, nobody, "123456", newRequestId(), Login.TIME_LIMIT));
    expect(unknown.getStatus().getCode() == Status.Code.FAILED_PRECONDITION, unknown);
    expect(Errors.reasonOf(unknown).equals(Optional.of("MFA_NOT_ENABLED")), unknown);
    var malformed = errorOf(() -> check("12 34"));
    expect(Errors.reasonOf(malformed).equals(Optional.of("INVALID_FIELD")), malformed);
    expect(Errors.fieldsOf(malformed).equals(List.of("code")), malformed);
    // Requested again immediately, a second message has to wait.
    mfa().sendVerificationCode(sending().build());
    var early = errorOf(() -> mfa().sendVerificationCode(sending().build()));
    expect(Errors.reasonOf(early).equals(Optional.of("SEND_RATE_LIMITED")), early);
    var wait = Errors.retryDelayOf(early);
    expect(wait.compareTo(Duration.ZERO) > 0 && wait.compareTo(Duration.ofSeconds(30)) <= 0, early);
  }

  /** Sends more than a message may have. The answer arrives however much was sent before it. */
  private void oversizedRequest() {
    for (var size : Connecting.OVERSIZES) {
      var large = "x".repeat(size);
      var error =
          errorOf(() -> Login.checkCode(mfa, large, "123456", newRequestId(), Login.TIME_LIMIT));
      expect(error.getStatus().getCode() == Status.Code.RESOURCE_EXHAUSTED, error);
      expect(Errors.reasonOf(error).equals(Optional.of("MESSAGE_TOO_LARGE")), error);
    }
  }

  /**
   * Gives a call less time than a backup code takes. It may have taken effect: asked again under
   * the same request id, Countersign gives the answer that was lost, and spends no second attempt.
   */
  private void deadline() throws InterruptedException {
    var code = smsBackupCodes.get(0);
    var requestId = newRequestId();
    var late = errorOf(() -> Login.checkCode(mfa, smsUser, code, requestId, Duration.ofMillis(1)));
    expect(late.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED, late);
    var verdict = answerAtLast(code, requestId);
    expect(verdict.approved(), verdict);
  }

  private void unsetOutcome() {
    var verdict = Login.judge(VerifyCodeResponse.getDefaultInstance());
    expect(!verdict.approved(), verdict);
  }

  /** Asks again for as long as the first request is still being worked on. */
  private Verdict answerAtLast(String code, String requestId) throws InterruptedException {
    while (true) {
      try {
        return Login.checkCode(mfa, smsUser, code, requestId, Login.TIME_LIMIT);
      } catch (StatusRuntimeException error) {
        if (!Errors.reasonOf(error).equals(Optional.of("REQUEST_IN_FLIGHT"))) throw error;
        Thread.sleep(Errors.retryDelayOf(error).toMillis());
      }
    }
  }

  /** Sending a message may take 15 seconds. No call is without a deadline. */
  private MfaServiceBlockingStub mfa() {
    return mfa.withDeadlineAfter(Duration.ofSeconds(15));
  }

  private void confirmWith(String user, String code) {
    var confirmed =
        mfa().verifySetup(VerifySetupRequest.newBuilder().setUserId(user).setCode(code).build());
    expect(confirmed.hasEnabled(), confirmed);
  }

  private SendVerificationCodeRequest.Builder sending() {
    return SendVerificationCodeRequest.newBuilder().setUserId(smsUser);
  }

  private Verdict check(String code) {
    return Login.checkCode(mfa, userId, code, newRequestId(), Login.TIME_LIMIT);
  }

  private static String newRequestId() {
    return UUID.randomUUID().toString();
  }

  private static void expectRejection(Verdict verdict, RejectionReason reason, int remaining) {
    var asExpected =
        verdict
            .rejection()
            .map(r -> r.getReason() == reason && r.getRemainingAttempts() == remaining)
            .orElse(false);
    expect(!verdict.approved() && asExpected, verdict);
  }
}
