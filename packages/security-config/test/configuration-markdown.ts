import { GROUPS } from "../src/groups.js";
import {
  configurationReference,
  type PlainValue,
  SECURITY_LEVELS,
  type SettingReference,
} from "../src/index.js";
import { snakeCase } from "../src/settings.js";

const BEGIN =
  "<!-- security-config: made from the fields of packages/security-config; see its README to refresh -->";
const END = "<!-- security-config: end -->";

/** The page with its section regenerated from the fields. Throws if the page has lost its markers. */
export function withReference(page: string): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error("the markers of the generated section are missing");
  return `${before}${BEGIN}\n\n${referenceMarkdown()}\n${END}${after}`;
}

function referenceMarkdown(): string {
  const [level, ...settings] = configurationReference();
  const top = level === undefined ? "" : table([level]);
  const sections = GROUPS.map(({ keys, doc }) => {
    const name = keys.map(snakeCase).join(".");
    const own = settings.filter(({ path }) => path.startsWith(`${name}.`));
    return `### ${name}\n\n${doc}\n\n${table(own)}`;
  });
  return [top, ...sections].join("\n");
}

const HEAD =
  "| Setting | Variable | Meaning | Must be | Default | LOW · MEDIUM · HIGH · ENTERPRISE | Enforced by |\n| --- | --- | --- | --- | --- | --- | --- |";

function table(settings: readonly SettingReference[]): string {
  return `${HEAD}\n${settings.map((setting) => `${row(setting)}\n`).join("")}`;
}

function row(setting: SettingReference): string {
  const { path, env, doc, accepts, enforcedBy } = setting;
  const name = path.split(".").at(-1) ?? path;
  const cells = [
    `\`${name}\``,
    `\`${env}\``,
    doc,
    accepts,
    shown(setting.default),
    presetCell(setting),
    ENFORCERS[enforcedBy],
  ];
  return `| ${cells.join(" | ")} |`;
}

const ENFORCERS = {
  countersign: "Countersign",
  platform: "platform",
  both: "both",
};

function presetCell(setting: SettingReference): string {
  const values = SECURITY_LEVELS.map((level) => shown(setting.presets[level]));
  return values.every((value) => value === shown(setting.default)) ? "as default" : values.join(" · ");
}

function shown(value: PlainValue): string {
  if (value === null) return "none";
  if (Array.isArray(value) && value.length === 0) return "empty";
  return `\`${String(value)}\``;
}
