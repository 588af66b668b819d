package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// snippet:channel begin

// openChannel makes the one channel that a process needs: it keeps connections, spreads calls over them and makes them anew.
func openChannel(s settings) (*grpc.ClientConn, error) {
	transport, err := transportCredentials(s)
	if err != nil {
		return nil, err
	}
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		// As Countersign publishes it: time limits, and retries of UNAVAILABLE where a call is safe to repeat.
		grpc.WithDefaultServiceConfig(s.serviceConfig),
	}
	if s.token != nil {
		options = append(options, grpc.WithPerRPCCredentials(s.token))
	}
	return grpc.NewClient(s.target, options...)
}

func transportCredentials(s settings) (credentials.TransportCredentials, error) {
	if s.caFile == "" {
		return insecure.NewCredentials(), nil // development on loopback only
	}
	authority, err := os.ReadFile(s.caFile)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	if !config.RootCAs.AppendCertsFromPEM(authority) {
		return nil, fmt.Errorf("%s holds no certificate", s.caFile)
	}
	if s.certFile != "" {
		own, err := tls.LoadX509KeyPair(s.certFile, s.keyFile)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{own}
	}
	return credentials.NewTLS(config), nil
}

// tokenSource gives the caller's token. It is asked on each call, for tokens live for minutes.
type tokenSource func() (string, error)

// tokenFile reads the token from a file, where whoever renews it writes it anew.
func tokenFile(path string) tokenSource {
	return func() (string, error) {
		token, err := os.ReadFile(path)
		return strings.TrimSpace(string(token)), err
	}
}

func (source tokenSource) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	token, err := source()
	return map[string]string{"authorization": "Bearer " + token}, err
}

// RequireTransportSecurity keeps the token off cleartext connections.
func (tokenSource) RequireTransportSecurity() bool { return true }

// snippet:channel end
