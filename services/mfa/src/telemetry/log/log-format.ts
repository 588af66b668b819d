import type { DestinationStream } from "pino";
import { prettyLine } from "./pretty-line.js";

type LogFormat = "json" | "pretty";

/** For people only where one looks on: a file and a pipe are read by programs. What is stated holds. */
export function logFormatOf(
  config: { readonly logFormat: LogFormat | undefined; readonly environment: string },
  isTerminal: boolean,
): LogFormat {
  return config.logFormat ?? (config.environment === "development" && isTerminal ? "pretty" : "json");
}

/** Takes JSON lines and writes them as people read them. */
export function prettyOutput(destination: DestinationStream): DestinationStream {
  return { write: (line) => destination.write(prettyLine(line)) };
}
