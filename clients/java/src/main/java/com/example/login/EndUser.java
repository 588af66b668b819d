package com.example.login;

import com.eatthepath.otp.TimeBasedOneTimePasswordGenerator;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.InvalidKeyException;
import java.time.Instant;
import java.util.NoSuchElementException;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import javax.crypto.spec.SecretKeySpec;
import org.apache.commons.codec.binary.Base32;

/** What the end user does: read codes from an app or from messages, and mistype them. */
final class EndUser {
  private static final Pattern SIX_DIGITS = Pattern.compile("\\b[0-9]{6}\\b");

  private EndUser() {}

  /** The code that the app shows: SHA-1, six digits, 30 seconds, as policies have it. */
  static String appCode(String secret, Instant at) {
    try {
      var key = new SecretKeySpec(new Base32().decode(secret), "RAW");
      return new TimeBasedOneTimePasswordGenerator().generateOneTimePasswordString(key, at);
    } catch (InvalidKeyException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** A code that is one off. */
  static String mistyped(String code) {
    return String.format("%06d", (Integer.parseInt(code) + 1) % 1_000_000);
  }

  /** The newest code sent to a number, from the outbox that Countersign keeps in development. */
  static String textMessage(String outbox, String phoneNumber)
      throws IOException, InterruptedException {
    var request = HttpRequest.newBuilder(URI.create(outbox)).build();
    var answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
    var messages =
        JsonParser.parseString(answer.body()).getAsJsonObject().getAsJsonArray("messages");
    return StreamSupport.stream(messages.spliterator(), false)
        .map(message -> message.getAsJsonObject())
        .filter(message -> text(message, "to").equals(phoneNumber))
        .findFirst()
        .flatMap(message -> SIX_DIGITS.matcher(text(message, "text")).results().findFirst())
        .orElseThrow(() -> new NoSuchElementException("no message to " + phoneNumber))
        .group();
  }

  private static String text(JsonObject message, String field) {
    return message.get(field).getAsString();
  }
}
