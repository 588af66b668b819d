import { tellStories } from "./support/program.js";
import { SHELL_STORIES } from "./support/stories.js";
import { TOOLS } from "./support/toolchain.js";

await tellStories({
  name: "grpcurl",
  folder: "command-line",
  phoneNumber: "+12025550137",
  needs: [TOOLS.curl, TOOLS.go],
  stories: SHELL_STORIES,
});
