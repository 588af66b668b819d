package main

import (
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
)

// snippet:reason begin

// reasonOf gives the reason of an error of Countersign's, by which to branch; "" for any other, a broken connection say.
func reasonOf(err error) string {
	if info, ok := detailOf[*errdetails.ErrorInfo](err); ok && info.GetDomain() == "countersign" {
		return info.GetReason()
	}
	return ""
}

func detailOf[T any](err error) (found T, ok bool) {
	for _, detail := range status.Convert(err).Details() {
		if found, ok = detail.(T); ok {
			return found, true
		}
	}
	return found, false
}

// snippet:reason end

// fieldsOf names the fields of the request that Countersign did not take.
func fieldsOf(err error) []string {
	badRequest, _ := detailOf[*errdetails.BadRequest](err)
	var fields []string
	for _, violation := range badRequest.GetFieldViolations() {
		fields = append(fields, violation.GetField())
	}
	return fields
}

// retryDelayOf tells how long to wait before trying again; 0 where trying again does not help.
func retryDelayOf(err error) time.Duration {
	retry, _ := detailOf[*errdetails.RetryInfo](err)
	return retry.GetRetryDelay().AsDuration()
}
