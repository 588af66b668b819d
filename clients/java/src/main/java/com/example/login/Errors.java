package com.example.login;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.BadRequest.FieldViolation;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

final class Errors {
  private Errors() {}

  // snippet:reason begin
  /** The reason of an error of Countersign's, by which to branch; empty for any other error. */
  static Optional<String> reasonOf(Throwable error) {
    return detailOf(error, ErrorInfo.class)
        .filter(info -> info.getDomain().equals("countersign"))
        .map(ErrorInfo::getReason);
  }

  private static <T extends Message> Optional<T> detailOf(Throwable error, Class<T> kind) {
    var status = StatusProto.fromThrowable(error);
    if (status == null) return Optional.empty();
    return status.getDetailsList().stream()
        .filter(any -> any.is(kind))
        .findFirst()
        .map(any -> unpack(any, kind));
  }

  private static <T extends Message> T unpack(Any any, Class<T> kind) {
    try {
      return any.unpack(kind);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }

  // snippet:reason end

  /** The fields of the request that Countersign did not take. */
  static List<String> fieldsOf(Throwable error) {
    var badRequest = detailOf(error, BadRequest.class).orElse(BadRequest.getDefaultInstance());
    return badRequest.getFieldViolationsList().stream().map(FieldViolation::getField).toList();
  }

  /** How long to wait before trying again; zero where trying again does not help. */
  static Duration retryDelayOf(Throwable error) {
    var retry = detailOf(error, RetryInfo.class).orElse(RetryInfo.getDefaultInstance());
    var delay = retry.getRetryDelay();
    return Duration.ofSeconds(delay.getSeconds(), delay.getNanos());
  }
}
