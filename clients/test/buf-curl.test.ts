import { tellStories } from "./support/program.js";
import { SHELL_STORIES } from "./support/stories.js";
import { TOOLS } from "./support/toolchain.js";

await tellStories({
  name: "buf curl",
  folder: "command-line",
  phoneNumber: "+12025550136",
  needs: [TOOLS.curl],
  stories: SHELL_STORIES,
});
