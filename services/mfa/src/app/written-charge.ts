import type { ChargedGuess } from "./charge-guess.js";
import type { Written } from "./paid-step.js";

/** An attempt that was charged, as text. One that was not admitted cost nothing: a retry is judged anew. */
export const writtenCharge: Written<ChargedGuess> = {
  write({ charge, guessed }) {
    if (!charge.admitted) return undefined;
    return JSON.stringify({
      charge,
      guessed: "mark" in guessed ? { ...guessed, mark: String(guessed.mark) } : guessed,
    });
  },
  read(text) {
    const { charge, guessed } = JSON.parse(text) as ChargedGuess;
    return { charge, guessed: "mark" in guessed ? { ...guessed, mark: BigInt(guessed.mark) } : guessed };
  },
};
