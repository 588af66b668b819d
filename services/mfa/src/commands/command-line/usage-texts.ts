import {
  AliasNotFoundError,
  type ApplicationText,
  ArgumentParseError,
  EnumValidationError,
  FlagNotFoundError,
  text_en,
  UnexpectedFlagError,
  UnexpectedPositionalError,
  UnsatisfiedFlagError,
  UnsatisfiedPositionalError,
} from "@stricli/core";
import type { ProgramTarget } from "./define-command.js";

/** The words up to a command or a group, and what they resolved to. */
export interface Resolved {
  readonly words: readonly string[];
  readonly target: ProgramTarget;
}

/** Texts for usage errors: one line that names the flag and where to find help. No flag's value is repeated: it may be a secret. */
export function usageTexts(resolved: Resolved, inputs: readonly string[]): ApplicationText {
  const name = ["countersign", ...resolved.words].join(" ");
  return {
    ...text_en,
    briefs: {
      ...text_en.briefs,
      help: "Print this help and exit",
      version: "Print the version and exit",
      argumentEscapeSequence: "What follows is no flag, even with a dash in front",
    },
    noCommandRegisteredForInput: ({ input, corrections }) => {
      const what = input.startsWith("-") ? "flag" : "command";
      const named = [...resolved.words, input].join(" ");
      const meant = didYouMean(corrections.map((each) => each.replaceAll("`", "")));
      return inOneLine(`there is no ${what} ${named}${meant}`, name);
    },
    exceptionWhileParsingArguments: (error) => inOneLine(problemOf(error, resolved, inputs), name),
  };
}

function inOneLine(problem: string, name: string): string {
  return `countersign: ${problem}${problem.endsWith("?") ? " See" : "; see"} ${name} --help`;
}

function problemOf(error: unknown, { target }: Resolved, inputs: readonly string[]): string {
  if (error instanceof FlagNotFoundError)
    return `there is no flag --${error.input}${didYouMean(error.corrections.map((each) => `--${kebab(each)}`))}`;
  if (error instanceof AliasNotFoundError) return `there is no flag -${error.input}`;
  if (error instanceof UnsatisfiedFlagError) {
    const flag = `--${error.externalFlagName}`;
    if (error.nextFlagName !== undefined || inputs.includes(flag)) return `${flag} needs a value`;
    return `${flag} is needed: ${briefOf(target, error.externalFlagName)}`;
  }
  if (error instanceof EnumValidationError)
    return `--${error.externalFlagName} is needed as one of ${error.values.join(", ")}`;
  if (error instanceof ArgumentParseError) {
    const { externalFlagNameOrPlaceholder: parameter, exception } = error;
    const why = exception instanceof Error ? exception.message : "is not valid";
    return `${flagOf(target, parameter) === undefined ? parameter : `--${parameter}`} ${why}`;
  }
  if (error instanceof UnexpectedFlagError) return `--${error.externalFlagName} is given twice`;
  if (error instanceof UnsatisfiedPositionalError) return `exactly one ${error.placeholder} is needed`;
  if (error instanceof UnexpectedPositionalError) return tooMany(error, target);
  return error instanceof Error ? error.message : "the arguments cannot be read";
}

function tooMany({ input, expectedCount }: UnexpectedPositionalError, target: ProgramTarget): string {
  const surplus = `too many arguments: ${JSON.stringify(input)}`;
  const positional = "parameters" in target ? target.parameters.positional : undefined;
  const [only] = positional?.kind === "tuple" ? positional.parameters : [];
  return expectedCount === 1
    ? `${surplus}, exactly one ${only?.placeholder ?? "argument"} is needed`
    : surplus;
}

function briefOf(target: ProgramTarget, externalName: string): string {
  const { brief = "" } = flagOf(target, externalName) ?? {};
  return brief.charAt(0).toLowerCase() + brief.slice(1);
}

function flagOf(target: ProgramTarget, externalName: string) {
  const flags = "parameters" in target ? target.parameters.flags : undefined;
  return flags?.[externalName.replace(/-./g, (match) => match.charAt(1).toUpperCase())];
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function didYouMean(corrections: readonly string[]): string {
  return corrections.length === 0 ? "" : `, did you mean ${corrections.join(" or ")}?`;
}
