package com.example.login;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/** Where Countersign is and how to show who calls: environment variables, listed in README.md. */
record Settings(
    String target,
    Optional<Path> caFile,
    Optional<Path> certFile,
    Optional<Path> keyFile,
    Optional<Supplier<String>> token,
    String outbox,
    String phoneNumber,
    Optional<String> unsteadyTarget) {

  static Settings read() {
    return new Settings(
        env("TARGET").orElse("127.0.0.1:50051"),
        env("CA_FILE").map(Path::of),
        env("CERT_FILE").map(Path::of),
        env("KEY_FILE").map(Path::of),
        env("TOKEN_FILE").map(Path::of).map(Settings::tokenFile),
        env("OUTBOX").orElse("http://127.0.0.1:9090/outbox"),
        env("PHONE_NUMBER").orElse("+12025550123"),
        env("UNSTEADY_TARGET"));
  }

  Settings withTarget(String other) {
    return new Settings(
        other, caFile, certFile, keyFile, token, outbox, phoneNumber, unsteadyTarget);
  }

  Settings withoutCertificate() {
    return new Settings(
        target,
        caFile,
        Optional.empty(),
        Optional.empty(),
        token,
        outbox,
        phoneNumber,
        unsteadyTarget);
  }

  Settings withToken(String other) {
    return new Settings(
        target,
        caFile,
        certFile,
        keyFile,
        Optional.of(() -> other),
        outbox,
        phoneNumber,
        unsteadyTarget);
  }

  /** Read on each call: tokens live for minutes, and are renewed in this file. */
  private static Supplier<String> tokenFile(Path path) {
    return () -> {
      try {
        return Files.readString(path).strip();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }

  private static Optional<String> env(String name) {
    return Optional.ofNullable(System.getenv("COUNTERSIGN_" + name))
        .filter(value -> !value.isEmpty());
  }
}
