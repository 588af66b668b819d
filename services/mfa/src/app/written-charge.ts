import type { GuessOutcome } from "../domain/ports/attempt-store.js";
import type { ChargedGuess } from "./charge-guess.js";
import type { Written } from "./paid-step.js";

/** JSON knows no bigint. */
type InJson<Guessed> = Guessed extends { readonly mark: bigint }
  ? Omit<Guessed, "mark"> & { readonly mark: string }
  : Guessed;

interface WrittenGuess extends Pick<ChargedGuess, "charge"> {
  readonly guessed: InJson<GuessOutcome>;
}

/** An attempt that was charged, as text. One that was not admitted cost nothing: a retry is judged anew. */
export const writtenCharge: Written<ChargedGuess> = {
  write({ charge, guessed }) {
    if (!charge.admitted) return undefined;
    const written: WrittenGuess = {
      charge,
      guessed: "mark" in guessed ? { ...guessed, mark: String(guessed.mark) } : guessed,
    };
    return JSON.stringify(written);
  },
  read(text) {
    const { charge, guessed } = JSON.parse(text) as WrittenGuess;
    return { charge, guessed: "mark" in guessed ? { ...guessed, mark: BigInt(guessed.mark) } : guessed };
  },
};
