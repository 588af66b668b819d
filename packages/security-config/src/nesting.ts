import { Lexer } from "yaml";

/** Far deeper than any configuration, and far below what exhausts the stack of a recursive parser. */
const MAX_NESTING = 64;
const WIDE_INDENT = /^ {256,}$/;

/**
 * Whether YAML text nests so deeply that composing it could exhaust the stack, which can end the process instead of raising an error. Reads tokens
 * only, so its own depth is constant.
 */
export function nestsTooDeeply(text: string): boolean {
  let brackets = 0;
  let indicatorsOnLine = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === "\n" || token === "\r\n") indicatorsOnLine = 0;
    else if (token === "-" || token === "?") indicatorsOnLine++;
    else if (token === "[" || token === "{") brackets++;
    else if (token === "]" || token === "}") brackets--;
    if (brackets > MAX_NESTING || indicatorsOnLine > MAX_NESTING || WIDE_INDENT.test(token)) return true;
  }
  return false;
}
