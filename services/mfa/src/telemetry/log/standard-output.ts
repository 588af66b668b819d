import { writeSync } from "node:fs";
import { type DestinationStream, pino } from "pino";

/** Bytes of lines that may wait for a slow reader. Beyond it they are lost: the log must not stop the service. */
const MAX_WAITING = 4 * 1_024 * 1_024;
const FILE_DESCRIPTOR = 1;

let shared: DestinationStream | undefined;

/**
 * Standard output for log lines, one for the process. Lines of one turn of the event loop go together in one write, and those that arrive during a
 * write go in the next: a system call per line costs a tenth of a login.
 */
export function standardOutput(): DestinationStream {
  shared ??= openStandardOutput();
  return shared;
}

function openStandardOutput(): DestinationStream {
  const out = pino.destination({ fd: FILE_DESCRIPTOR, sync: false, maxLength: MAX_WAITING });
  let lines = "";
  function handOver(): void {
    out.write(lines);
    lines = "";
  }
  // A process that ends within a turn still logs why.
  process.once("exit", () => {
    if (lines !== "") writeSync(FILE_DESCRIPTOR, lines);
  });
  return {
    write(line) {
      if (lines === "") setImmediate(handOver);
      lines += line;
    },
  };
}
