import { tellStories } from "./support/program.js";
import { LOGIN_STORIES } from "./support/stories.js";
import { TOOLS } from "./support/toolchain.js";

await tellStories({
  name: "Go",
  folder: "go",
  phoneNumber: "+12025550131",
  needs: [TOOLS.go],
  stories: LOGIN_STORIES,
});
