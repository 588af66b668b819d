// A login service in Go, as a client of Countersign: enrols users, logs them in and meets every answer that a login has to
// know. The programs beside it tell the same story, step by step, in other languages.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log"
	"time"

	mfav1 "example.com/login/gen/countersign/mfa/v1"
)

func main() {
	log.SetFlags(0)
	settings, err := readSettings()
	if err != nil {
		log.Fatal(err)
	}
	channel, err := openChannel(settings)
	if err != nil {
		log.Fatal(err)
	}
	defer channel.Close()
	story := story{
		settings: settings,
		client:   mfav1.NewMfaServiceClient(channel),
		userID:   "go-" + rand.Text(),
		smsUser:  "go-sms-" + rand.Text(),
	}
	for _, step := range story.steps() {
		if err := tell(step); err != nil {
			log.Fatalf("not ok %s: %v", step.name, err)
		}
		fmt.Println("ok", step.name)
	}
}

// tell gives a step 15 seconds, which is what sending a message may take. No call is without a deadline.
func tell(step step) error {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	return step.tell(ctx)
}
