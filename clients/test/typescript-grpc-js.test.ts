import { tellStories } from "./support/program.js";
import { LOGIN_STORIES } from "./support/stories.js";

await tellStories({
  name: "TypeScript on grpc-js",
  folder: "typescript-grpc-js",
  phoneNumber: "+12025550135",
  needs: [],
  stories: LOGIN_STORIES,
});
