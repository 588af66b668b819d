import type { DestinationStream } from "pino";
import { prettyLine } from "./pretty-line.js";

type LogFormat = "json" | "pretty";

/** For people only on a terminal: files and pipes are read by programs. An explicit setting takes precedence. */
export function logFormatOf(
  config: { readonly logFormat: LogFormat | undefined; readonly environment: string },
  isTerminal: boolean,
): LogFormat {
  return config.logFormat ?? (config.environment === "development" && isTerminal ? "pretty" : "json");
}

/** Formats JSON lines for people. */
export function prettyOutput(destination: DestinationStream): DestinationStream {
  return { write: (line) => destination.write(prettyLine(line)) };
}
