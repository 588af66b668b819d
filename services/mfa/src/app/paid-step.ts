import { MfaError } from "../domain/errors.js";

/** A value as text that can be kept, and back. Undefined: there is nothing to keep. */
export interface Written<Value> {
  write(value: Value): string | undefined;
  read(text: string): Value;
}

/** The one step of a request that costs something. */
export interface PaidStep {
  /** Takes the step, unless an earlier try of the same request has: then this gives what it gave. At most once a try. */
  take<Value>(step: () => Promise<Value>, form: Written<Value>): Promise<Value>;
}

/** `unknown`: it failed, and may have been paid all the same. */
export type Payment =
  | { readonly state: "paid"; readonly text: string }
  | { readonly state: "unpaid" | "unknown" };

/** For requests that stand alone. */
export const unkeptStep: PaidStep = { take: (step) => step() };

/** A step whose payment shows when the rest of the work has failed, so that a retry need not pay again. */
export function keptStep(earlier: string | undefined): PaidStep & { payment(): Promise<Payment> } {
  let payment: Promise<Payment> = Promise.resolve(
    earlier === undefined ? { state: "unpaid" } : { state: "paid", text: earlier },
  );
  return {
    async take(step, form) {
      if (earlier !== undefined) return form.read(earlier);
      const taking = step();
      payment = taking.then((value) => toPayment(form.write(value)), paymentOfFailure);
      return taking;
    },
    payment: () => payment,
  };
}

function toPayment(text: string | undefined): Payment {
  return text === undefined ? { state: "unpaid" } : { state: "paid", text };
}

/** A refusal is the step's own word that it did nothing; a store that failed has not said what it did. */
function paymentOfFailure(error: unknown): Payment {
  return { state: error instanceof MfaError && error.reason !== "STORE_UNAVAILABLE" ? "unpaid" : "unknown" };
}
