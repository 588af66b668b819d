import { defineCommand } from "../command-line/define-command.js";
import { JSON_FLAG, numberFlag, switchFlag, textFlag } from "../command-line/flags.js";
import { ACCESS_FLAGS } from "../service-access/access-flags.js";
import type { WatchFlags } from "./watch.js";

export const watchCommand = defineCommand<WatchFlags>({
  brief: "Watch rejected codes, locks, messages and failed deliveries, live",
  description:
    "Watch rejected codes, locks, messages and failed deliveries of the last 15 minutes by caller, address, country and provider, live until Ctrl-C. It reads the audit log, where each look is an entry itself. Over --url it needs the role auditor.",
  examples: [
    ["watch", "redraws the terminal every 5 seconds"],
    ["watch --once --minutes 60", "prints the last hour and ends"],
    [
      "watch --json --url https://countersign.internal --token-file /run/secrets/token",
      "prints a line of JSON every 5 seconds",
    ],
  ],
  exitCodes: { 0: "ended by Ctrl-C, or with --once: printed", 1: "the command failed" },
  parameters: {
    flags: {
      ...ACCESS_FLAGS,
      once: switchFlag("Print one time and end"),
      minutes: numberFlag("Minutes to look back, 1 to 60; 15 by default", { min: 1, max: 60 }),
      interval: numberFlag("Seconds between looks, 1 to 60; 5 by default", { min: 1, max: 60 }),
      geoip: textFlag("FILE", "Database of countries in MaxMind's format; by default that of GEOIP_DATABASE"),
      json: JSON_FLAG,
    },
  },
  load: async () => (await import("./watch.js")).runWatch,
});
