package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	mfav1 "example.com/login/gen/countersign/mfa/v1"
)

var oversizes = []int{100_000, 400_000, 2_000_000}

type step struct {
	name string
	tell func(context.Context) error
}

type story struct {
	settings settings
	client   mfav1.MfaServiceClient

	userID      string
	app         authenticator
	enrolTime   time.Time
	loginCode   string
	backupCodes []string

	smsUser        string
	smsBackupCodes []string
}

// steps lists the story in order. Those that need what is not configured are left out.
func (s *story) steps() []step {
	steps := []step{
		{"enrol TOTP", s.enrolTOTP},
		{"confirm", s.confirm},
		{"log in", s.logIn},
		{"wrong code", s.wrongCode},
		{"replay", s.replay},
		{"lock", s.lock},
		{"backup code", s.backupCode},
		{"SMS code", s.smsCode},
		{"error details", s.errorDetails},
		{"oversized request", s.oversizedRequest},
		{"deadline", s.deadline},
		{"unset outcome", s.unsetOutcome},
	}
	if s.settings.unsteadyTarget != "" {
		steps = append(steps, step{"retry policy", s.retryPolicy})
	}
	if s.settings.caFile != "" {
		steps = append(steps, step{"TLS", s.tls})
	}
	if s.settings.certFile != "" {
		steps = append(steps, step{"mTLS", s.mTLS})
	}
	if s.settings.token != nil {
		steps = append(steps, step{"bearer token", s.bearerToken})
	}
	return steps
}

func (s *story) enrolTOTP(ctx context.Context) error {
	setup, err := s.client.SetupMfa(ctx, &mfav1.SetupMfaRequest{UserId: s.userID, Method: mfav1.Method_METHOD_TOTP})
	if err != nil {
		return err
	}
	s.backupCodes = setup.GetBackupCodes() // shown to the user this once, as is the QR code of the URI
	s.app, err = scan(setup.GetTotp().GetUri())
	return err
}

func (s *story) confirm(ctx context.Context) error {
	s.enrolTime = time.Now()
	code, err := s.app.code(s.enrolTime)
	if err != nil {
		return err
	}
	confirmed, err := s.client.VerifySetup(ctx, &mfav1.VerifySetupRequest{UserId: s.userID, Code: code})
	if err != nil {
		return err
	}
	return expect(confirmed.GetEnabled() != nil, confirmed)
}

// logIn takes the next code, for the one that confirmed is spent. One step early is within the tolerance.
func (s *story) logIn(ctx context.Context) error {
	code, err := s.app.code(s.enrolTime.Add(30 * time.Second))
	if err != nil {
		return err
	}
	s.loginCode = code
	verdict, err := s.check(ctx, s.loginCode)
	if err != nil {
		return err
	}
	return expect(verdict.Approved(), verdict)
}

func (s *story) wrongCode(ctx context.Context) error {
	return s.expectRejection(ctx, mistyped(s.loginCode), mfav1.RejectionReason_REJECTION_REASON_INVALID_CODE, 2)
}

// replay costs no attempt: the code that was accepted last is no guess.
func (s *story) replay(ctx context.Context) error {
	return s.expectRejection(ctx, s.loginCode, mfav1.RejectionReason_REJECTION_REASON_CODE_REPLAYED, 2)
}

// lock spends the attempts that are left. From then on right and wrong codes get one and the same answer, which says how long.
func (s *story) lock(ctx context.Context) error {
	for range 2 {
		if _, err := s.check(ctx, mistyped(s.loginCode)); err != nil {
			return err
		}
	}
	verdict, err := s.check(ctx, s.loginCode)
	if err != nil {
		return err
	}
	wait := verdict.Rejection.GetRetryAfter().AsDuration()
	locked := verdict.Rejection.GetReason() == mfav1.RejectionReason_REJECTION_REASON_TOO_MANY_ATTEMPTS
	return expect(!verdict.Approved() && locked && wait > 0 && wait <= 30*time.Second, verdict)
}

// backupCode gets the user in meanwhile: backup codes are counted apart.
func (s *story) backupCode(ctx context.Context) error {
	verdict, err := s.check(ctx, s.backupCodes[0])
	if err != nil {
		return err
	}
	return expect(verdict.Approved() && verdict.Approval.GetBackupCodesRemaining() == 9, verdict)
}

func (s *story) smsCode(ctx context.Context) error {
	setup, err := s.client.SetupMfa(ctx, &mfav1.SetupMfaRequest{
		UserId: s.smsUser, Method: mfav1.Method_METHOD_SMS, PhoneNumber: s.settings.phoneNumber,
	})
	if err != nil {
		return err
	}
	s.smsBackupCodes = setup.GetBackupCodes()
	code, err := textMessage(s.settings.outbox, s.settings.phoneNumber)
	if err != nil {
		return err
	}
	confirmed, err := s.client.VerifySetup(ctx, &mfav1.VerifySetupRequest{UserId: s.smsUser, Code: code})
	if err != nil {
		return err
	}
	if confirmed.GetEnabled() == nil {
		return expect(false, confirmed)
	}
	// A request id makes the retries safe: one id, one message.
	_, err = s.client.SendVerificationCode(ctx, &mfav1.SendVerificationCodeRequest{UserId: s.smsUser, RequestId: rand.Text()})
	if err != nil {
		return err
	}
	if code, err = textMessage(s.settings.outbox, s.settings.phoneNumber); err != nil {
		return err
	}
	verdict, err := checkCode(ctx, s.client, s.smsUser, code, rand.Text())
	if err != nil {
		return err
	}
	return expect(verdict.Approval.GetMethod() == mfav1.Method_METHOD_SMS, verdict)
}

func (s *story) errorDetails(ctx context.Context) error {
	_, err := checkCode(ctx, s.client, "nobody-"+rand.Text(), "123456", rand.Text())
	if status.Code(err) != codes.FailedPrecondition || reasonOf(err) != "MFA_NOT_ENABLED" {
		return expect(false, err)
	}
	_, err = checkCode(ctx, s.client, s.userID, "12 34", rand.Text())
	if reasonOf(err) != "INVALID_FIELD" || !slices.Equal(fieldsOf(err), []string{"code"}) {
		return expect(false, err)
	}
	// Requested again immediately, a second message has to wait.
	again := &mfav1.SendVerificationCodeRequest{UserId: s.smsUser}
	if _, err = s.client.SendVerificationCode(ctx, again); err != nil {
		return err
	}
	_, err = s.client.SendVerificationCode(ctx, again)
	wait := retryDelayOf(err)
	return expect(reasonOf(err) == "SEND_RATE_LIMITED" && wait > 0 && wait <= 30*time.Second, err)
}

// oversizedRequest sends more than the 64 KiB that a message may have. The answer arrives however much was sent before it.
func (s *story) oversizedRequest(ctx context.Context) error {
	for _, size := range oversizes {
		_, err := checkCode(ctx, s.client, strings.Repeat("x", size), "123456", rand.Text())
		if status.Code(err) != codes.ResourceExhausted || reasonOf(err) != "MESSAGE_TOO_LARGE" {
			return expect(false, err)
		}
	}
	return nil
}

// deadline gives a call less time than a backup code takes. It may have taken effect: asked again under the same request id,
// Countersign gives the answer that was lost, and spends no second attempt.
func (s *story) deadline(ctx context.Context) error {
	requestID := rand.Text()
	hasty, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	_, err := checkCode(hasty, s.client, s.smsUser, s.smsBackupCodes[0], requestID)
	if status.Code(err) != codes.DeadlineExceeded {
		return expect(false, err)
	}
	verdict, err := checkCode(ctx, s.client, s.smsUser, s.smsBackupCodes[0], requestID)
	for reasonOf(err) == "REQUEST_IN_FLIGHT" {
		time.Sleep(retryDelayOf(err))
		verdict, err = checkCode(ctx, s.client, s.smsUser, s.smsBackupCodes[0], requestID)
	}
	if err != nil {
		return err
	}
	return expect(verdict.Approved(), verdict)
}

func (s *story) unsetOutcome(context.Context) error {
	verdict := judge(&mfav1.VerifyCodeResponse{})
	return expect(!verdict.Approved(), verdict)
}

func (s *story) check(ctx context.Context, code string) (verdict, error) {
	return checkCode(ctx, s.client, s.userID, code, rand.Text())
}

func (s *story) expectRejection(ctx context.Context, code string, reason mfav1.RejectionReason, remaining int32) error {
	verdict, err := s.check(ctx, code)
	if err != nil {
		return err
	}
	rejection := verdict.Rejection
	asExpected := rejection.GetReason() == reason && rejection.GetRemainingAttempts() == remaining
	return expect(!verdict.Approved() && asExpected, verdict)
}

// expect ends a step: well, or with what was met instead.
func expect(ok bool, met any) error {
	if ok {
		return nil
	}
	return fmt.Errorf("unexpected: %+v", met)
}
