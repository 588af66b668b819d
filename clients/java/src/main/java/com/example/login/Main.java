package com.example.login;

/**
 * A login service in Java, as a client of Countersign: enrols users, logs them in and meets every
 * answer that a login has to know. The programs beside it tell the same story, step by step, in
 * other languages.
 */
public final class Main {
  private Main() {}

  public static void main(String[] args) throws Exception {
    var settings = Settings.read();
    var channel = Channels.open(settings);
    try {
      for (var step : new Story(settings, channel).steps()) {
        try {
          step.telling().tell();
        } catch (Exception | AssertionError e) {
          throw new IllegalStateException("not ok " + step.name(), e);
        }
        System.out.println("ok " + step.name());
      }
    } finally {
      channel.shutdownNow();
    }
  }
}
