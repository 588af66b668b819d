// A login service in TypeScript on Connect, by the package @countersign/client: enrols users, logs them in and meets every
// answer that a login has to know. The programs beside it tell the same story, step by step, in other languages.
import { openClient } from "./channel.js";
import { readSettings } from "./settings.js";
import { Story } from "./story.js";

const settings = readSettings();
for (const [name, tell] of new Story(settings, openClient(settings)).steps()) {
  try {
    await tell();
  } catch (error) {
    console.error(`not ok ${name}:`, error);
    process.exit(1);
  }
  console.log(`ok ${name}`);
}
