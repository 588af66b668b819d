package com.example.login;

import io.grpc.StatusRuntimeException;
import java.util.function.Supplier;

final class Expectations {
  private Expectations() {}

  static void expect(boolean ok, Object met) {
    if (!ok) throw new AssertionError("unexpected: " + met);
  }

  static StatusRuntimeException errorOf(Supplier<?> call) {
    Object met;
    try {
      met = call.get();
    } catch (StatusRuntimeException error) {
      return error;
    }
    throw new AssertionError("unexpected: " + met);
  }
}
