package main

import (
	"fmt"
	"os"
)

// settings say where Countersign is and how to show who calls. Each is an environment variable; README.md lists them.
type settings struct {
	target            string
	caFile            string
	certFile, keyFile string
	token             tokenSource // nil: no token
	serviceConfig     string
	outbox            string
	phoneNumber       string
	unsteadyTarget    string
}

func readSettings() (settings, error) {
	serviceConfig, err := os.ReadFile(env("SERVICE_CONFIG_FILE", "../../docs/service-config-with-request-id.json"))
	if err != nil {
		return settings{}, fmt.Errorf("service config: %w", err)
	}
	s := settings{
		target:         env("TARGET", "127.0.0.1:50051"),
		caFile:         env("CA_FILE", ""),
		certFile:       env("CERT_FILE", ""),
		keyFile:        env("KEY_FILE", ""),
		serviceConfig:  string(serviceConfig),
		outbox:         env("OUTBOX", "http://127.0.0.1:9090/outbox"),
		phoneNumber:    env("PHONE_NUMBER", "+12025550123"),
		unsteadyTarget: env("UNSTEADY_TARGET", ""),
	}
	if path := env("TOKEN_FILE", ""); path != "" {
		s.token = tokenFile(path)
	}
	return s, nil
}

func env(name, otherwise string) string {
	if value := os.Getenv("COUNTERSIGN_" + name); value != "" {
		return value
	}
	return otherwise
}
