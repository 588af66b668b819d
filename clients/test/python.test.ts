import { tellStories } from "./support/program.js";
import { LOGIN_STORIES } from "./support/stories.js";
import { TOOLS } from "./support/toolchain.js";

await tellStories({
  name: "Python",
  folder: "python",
  phoneNumber: "+12025550132",
  needs: [TOOLS.python],
  stories: LOGIN_STORIES,
});
