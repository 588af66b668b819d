import type { ConfigProblem, ConfigSource } from "@countersign/settings";
import type { Setting } from "./settings.js";

/** A value that one source gives for one setting, not yet judged. */
export interface Candidate {
  readonly setting: Setting;
  readonly value: unknown;
  readonly source: ConfigSource;
  /** False if the value must not be repeated to the operator: a file named by mistake may contain anything. */
  readonly quotable: boolean;
}

/** The content of one source, including everything in it that is no setting. */
export interface Layer {
  readonly candidates: readonly Candidate[];
  readonly problems: readonly ConfigProblem[];
}

/** The layer of an absent source. */
export const EMPTY_LAYER: Layer = { candidates: [], problems: [] };

/** Merges layers; of two values for one setting the later wins. */
export function stackLayers(layers: readonly Layer[]): Layer {
  return {
    candidates: layers.flatMap((layer) => layer.candidates),
    problems: layers.flatMap((layer) => layer.problems),
  };
}
