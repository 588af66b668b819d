package main

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	mfav1 "example.com/login/gen/countersign/mfa/v1"
)

// retryPolicy calls a server that is unavailable twice before it answers. Nothing here tries again: the service config does.
func (s *story) retryPolicy(ctx context.Context) error {
	unsteady := s.settings
	unsteady.target = s.settings.unsteadyTarget
	return s.callThrough(ctx, unsteady)
}

// tls trusts the authorities of the system in place of the service's own, and so does not believe that this is the service.
func (s *story) tls(ctx context.Context) error {
	channel, err := grpc.NewClient(s.settings.target, grpc.WithTransportCredentials(credentials.NewTLS(nil)))
	if err != nil {
		return err
	}
	err = statusBy(ctx, channel)
	return expect(status.Code(err) == codes.Unavailable, err)
}

// mTLS shows no certificate, and is not let in.
func (s *story) mTLS(ctx context.Context) error {
	nobody := s.settings
	nobody.certFile = ""
	err := s.callThrough(ctx, nobody)
	return expect(status.Code(err) == codes.Unavailable, err)
}

// bearerToken shows a token that does not hold. Its certificate does not make up for that. The size of the request changes nothing.
func (s *story) bearerToken(ctx context.Context) error {
	forger := s.settings
	forger.token = func() (string, error) { return "forged", nil }
	err := s.callThrough(ctx, forger)
	if status.Code(err) != codes.Unauthenticated || reasonOf(err) != "UNAUTHENTICATED" {
		return expect(false, err)
	}
	channel, err := openChannel(forger)
	if err != nil {
		return err
	}
	defer channel.Close()
	for _, size := range oversizes {
		large := &mfav1.GetMfaStatusRequest{UserId: strings.Repeat("x", size)}
		_, err = mfav1.NewMfaServiceClient(channel).GetMfaStatus(ctx, large)
		if status.Code(err) != codes.Unauthenticated {
			return expect(false, err)
		}
	}
	return nil
}

// callThrough makes one call through a channel of its own.
func (s *story) callThrough(ctx context.Context, settings settings) error {
	channel, err := openChannel(settings)
	if err != nil {
		return err
	}
	return statusBy(ctx, channel)
}

func statusBy(ctx context.Context, channel *grpc.ClientConn) error {
	defer channel.Close()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request := &mfav1.GetMfaStatusRequest{UserId: "anyone-" + rand.Text()}
	_, err := mfav1.NewMfaServiceClient(channel).GetMfaStatus(ctx, request)
	return err
}
