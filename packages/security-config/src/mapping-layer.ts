import { type ConfigSource, closestName, printableText } from "@countersign/settings";
import { EMPTY_LAYER, type Layer, stackLayers } from "./candidate.js";
import type { Setting } from "./settings.js";

/** The allowed names in a mapping, and the target of each. */
export type KeyTree = ReadonlyMap<string, KeyTree | Setting>;

/** The key tree of the settings, with the names that `nameOf` gives each step of their place. */
export function keyTree(settings: readonly Setting[], nameOf: (key: string) => string): KeyTree {
  return treeAt(settings, nameOf, 0);
}

function treeAt(settings: readonly Setting[], nameOf: (key: string) => string, depth: number): KeyTree {
  const keys = new Set(settings.map((setting) => setting.keys[depth] ?? ""));
  return new Map(
    [...keys].map((key): [string, KeyTree | Setting] => {
      const under = settings.filter((setting) => setting.keys[depth] === key);
      const leaf = under.find((setting) => setting.keys.length === depth + 1);
      return [nameOf(key), leaf ?? treeAt(under, nameOf, depth + 1)];
    }),
  );
}

/** Reads a mapping of groups; every unknown key, and every group that is no mapping, is a problem. */
export function mappingLayer(value: unknown, tree: KeyTree, source: ConfigSource): Layer {
  return branchLayer(value, tree, { source, at: "" });
}

interface Place {
  readonly source: ConfigSource;
  readonly at: string;
}

function branchLayer(value: unknown, tree: KeyTree, { source, at }: Place): Layer {
  // A group with all lines commented out is null in YAML, and sets nothing.
  if (value === undefined || value === null) return EMPTY_LAYER;
  if (!isMapping(value)) return refusal({ source, at }, "must be a mapping of settings");
  return stackLayers(
    Object.entries(value).map(([key, inner]) => {
      const place = { source, at: at === "" ? shownKey(key) : `${at}.${shownKey(key)}` };
      const known = tree.get(key);
      if (known === undefined) return refusal(place, unknownKeyMessage(key, tree));
      if (!("field" in known)) return branchLayer(inner, known, place);
      if (inner === undefined) return EMPTY_LAYER;
      return { candidates: [{ setting: known, value: inner, source, quotable: true }], problems: [] };
    }),
  );
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function refusal({ source, at }: Place, message: string): Layer {
  return { candidates: [], problems: [{ path: at, source, message }] };
}

function unknownKeyMessage(key: string, tree: KeyTree): string {
  const meant = closestName(key, [...tree.keys()]);
  return meant === undefined ? "is not a known setting" : `is not a known setting; did you mean ${meant}?`;
}

function shownKey(key: string): string {
  return /^\w{1,60}$/.test(key) ? key : printableText(key);
}
