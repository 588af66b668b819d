/** One line of a file, counted from 1, or why it cannot be read. */
export type FileLine =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly problem: string };

/** No user needs more. A longer line is skipped and never buffered. */
export const MAX_LINE_BYTES = 16_384;

const LINE_FEED = 10;

/** A byte order mark may stand before the first line. */
const withoutMark = new TextDecoder("utf-8", { fatal: true });
const asItIs = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Splits a stream into lines, so that memory does not grow with the file. Blank lines are skipped. */
export async function* readLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<FileLine> {
  let number = 0;
  let held: Uint8Array[] = [];
  let length = 0;
  const hold = (piece: Uint8Array): void => {
    length += piece.length;
    held = length > MAX_LINE_BYTES ? [] : [...held, piece];
  };
  const take = (): FileLine | undefined => {
    number += 1;
    const line = toLine(number, length > MAX_LINE_BYTES ? undefined : Buffer.concat(held));
    [held, length] = [[], 0];
    return "text" in line && line.text.trim() === "" ? undefined : line;
  };
  for await (const chunk of bytes) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      hold(chunk.subarray(start, end));
      start = end + 1;
      const line = take();
      if (line !== undefined) yield line;
    }
    if (start < chunk.length) hold(chunk.subarray(start));
  }
  const last = length > 0 ? take() : undefined;
  if (last !== undefined) yield last;
}

function toLine(number: number, bytes: Buffer | undefined): FileLine {
  if (bytes === undefined) return { number, problem: `is longer than ${MAX_LINE_BYTES} bytes` };
  try {
    const text = (number === 1 ? withoutMark : asItIs).decode(bytes);
    return { number, text: text.replace(/\r$/, "") };
  } catch {
    return { number, problem: "is not UTF-8" };
  }
}
