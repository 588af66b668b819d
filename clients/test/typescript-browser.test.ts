import { tellStories } from "./support/program.js";

await tellStories({
  name: "gRPC-Web",
  folder: "typescript-browser",
  phoneNumber: "+12025550138",
  needs: [],
  stories: { plaintext: ["gRPC-Web call", "error details", "oversized request", "other origin"] },
});
