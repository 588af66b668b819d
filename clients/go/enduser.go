package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// authenticator plays the app on the end user's phone.
type authenticator struct{ key *otp.Key }

func scan(uri string) (authenticator, error) {
	key, err := otp.NewKeyFromURL(uri)
	return authenticator{key}, err
}

func (a authenticator) code(at time.Time) (string, error) {
	return totp.GenerateCodeCustom(a.key.Secret(), at, totp.ValidateOpts{
		Period: uint(a.key.Period()), Digits: a.key.Digits(), Algorithm: a.key.Algorithm(),
	})
}

// mistyped gives a code that is one off.
func mistyped(code string) string {
	number, _ := strconv.Atoi(code)
	return fmt.Sprintf("%0*d", len(code), (number+1)%1_000_000)
}

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// textMessage reads the newest code sent to a number from the outbox that Countersign keeps in development.
func textMessage(outbox, phoneNumber string) (string, error) {
	response, err := http.Get(outbox)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var kept struct {
		Messages []struct{ To, Text string }
	}
	if err := json.NewDecoder(response.Body).Decode(&kept); err != nil {
		return "", err
	}
	for _, message := range kept.Messages {
		if message.To == phoneNumber {
			return sixDigits.FindString(message.Text), nil
		}
	}
	return "", fmt.Errorf("no message to %s", phoneNumber)
}
