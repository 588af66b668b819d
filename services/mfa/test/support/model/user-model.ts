import type { Step } from "./linearizable.js";

/** A call about one user, with what it was given and how it was answered. Factors and codes are named by numbers and texts of the test's. */
export type UserCall =
  | {
      readonly op: "setup";
      readonly begun: { readonly factor: number; readonly codes: readonly string[] } | undefined;
    }
  | { readonly op: "confirm"; readonly factor: number; readonly enabled: boolean }
  | { readonly op: "login" | "disable"; readonly code: string; readonly accepted: boolean }
  | { readonly op: "regenerate"; readonly code: string; readonly codes: readonly string[] | undefined };

/** What a user has, as one who knew all would keep it. */
export interface UserState {
  readonly factor: { readonly id: number; readonly active: boolean } | undefined;
  readonly codes: readonly string[];
}

export const NOBODY: UserState = { factor: undefined, codes: [] };

export function keyOfUser({ factor, codes }: UserState): string {
  return `${factor?.id ?? "-"} ${factor?.active ?? false} ${codes.join()}`;
}

/** At most one factor; codes of one set, each good once, and only while a factor is active. */
export const stepOfUser: Step<UserState, UserCall> = (state, call) => {
  const active = state.factor?.active === true;
  switch (call.op) {
    case "setup": {
      if (call.begun === undefined) return active ? state : undefined;
      const { factor, codes } = call.begun;
      return active ? undefined : { factor: { id: factor, active: false }, codes };
    }
    case "confirm": {
      const pending = !active && state.factor?.id === call.factor;
      if (!call.enabled) return pending ? undefined : state;
      return pending ? { ...state, factor: { id: call.factor, active: true } } : undefined;
    }
    case "login":
    case "disable":
    case "regenerate":
      return useCode(state, call);
  }
};

function useCode(
  state: UserState,
  call: Extract<UserCall, { readonly code: string }>,
): UserState | undefined {
  const good = state.factor?.active === true && state.codes.includes(call.code);
  const accepted = call.op === "regenerate" ? call.codes !== undefined : call.accepted;
  if (accepted !== good) return undefined;
  if (!accepted) return state;
  if (call.op === "regenerate") return { ...state, codes: call.codes ?? [] };
  if (call.op === "disable") return NOBODY;
  return { ...state, codes: state.codes.filter((code) => code !== call.code) };
}
