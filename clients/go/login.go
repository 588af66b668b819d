package main

import (
	"context"
	"time"

	mfav1 "example.com/login/gen/countersign/mfa/v1"
)

// snippet:login begin

// verdict is what a login does with a code. Its zero value is a refusal.
type verdict struct {
	Approval  *mfav1.Approval  // set only where the code was accepted
	Rejection *mfav1.Rejection // why not, where Countersign says so; not for the browser
}

func (v verdict) Approved() bool { return v.Approval != nil }

// checkCode asks whether a code that the user entered is good. The request id is fresh for each code entered and the same for
// each time that this code is asked about: with it a retry gets the answer that was lost, without it `replayed`.
func checkCode(ctx context.Context, client mfav1.MfaServiceClient, userID, code, requestID string) (verdict, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	response, err := client.VerifyCode(ctx, &mfav1.VerifyCodeRequest{
		UserId:    userID,
		Code:      code,
		RequestId: requestID,
		// The end user's, for the audit log and the policy's IP rules.
		Context: &mfav1.ClientContext{IpAddress: "192.0.2.7", UserAgent: "Mozilla/5.0"},
	})
	if err != nil {
		return verdict{}, err // an error is never an approval
	}
	return judge(response), nil
}

// judge reads the outcome. One that is not set, or newer than this client, refuses.
func judge(response *mfav1.VerifyCodeResponse) verdict {
	switch outcome := response.GetOutcome().(type) {
	case *mfav1.VerifyCodeResponse_Approved:
		return verdict{Approval: outcome.Approved}
	case *mfav1.VerifyCodeResponse_Rejected:
		return verdict{Rejection: outcome.Rejected}
	default:
		return verdict{}
	}
}

// snippet:login end
