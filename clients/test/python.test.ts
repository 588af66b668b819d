import { tellStories } from "./support/program.js";
import { LOGIN_STORIES } from "./support/stories.js";
import { TOOLS } from "./support/toolchain.js";

await tellStories({
  name: "Python",
  folder: "python",
  phoneNumber: "+12025550132",
  needs: [TOOLS.python],
  build: [
    ["python3", "-m", "venv", ".venv"],
    [".venv/bin/pip", "install", "--quiet", "--requirement", "requirements.txt"],
    ["buf", "generate"],
  ],
  run: [".venv/bin/python", "main.py"],
  env: { PYTHONPATH: "gen" },
  stories: LOGIN_STORIES,
});
