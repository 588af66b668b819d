import { tellStories } from "./support/program.js";
import { LOGIN_STORIES } from "./support/stories.js";
import { TOOLS } from "./support/toolchain.js";

await tellStories({
  name: "Java",
  folder: "java",
  phoneNumber: "+12025550133",
  needs: [TOOLS.java, TOOLS.maven],
  stories: LOGIN_STORIES,
});
