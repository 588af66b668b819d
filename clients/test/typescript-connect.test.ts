import { tellStories } from "./support/program.js";
import { LOGIN_STORIES } from "./support/stories.js";

await tellStories({
  name: "TypeScript on Connect",
  folder: "typescript-connect",
  phoneNumber: "+12025550134",
  needs: [],
  firstLogin: "node dist/first-login.js",
  stories: LOGIN_STORIES,
});
