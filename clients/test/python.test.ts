import { tellStories } from "./support/program.js";
import { LOGIN_STORIES } from "./support/stories.js";
import { TOOLS } from "./support/toolchain.js";

await tellStories({
  name: "Python",
  folder: "python",
  phoneNumber: "+12025550132",
  needs: [TOOLS.python],
  firstLogin: "PYTHONPATH=gen .venv/bin/python first_login.py",
  stories: LOGIN_STORIES,
});
