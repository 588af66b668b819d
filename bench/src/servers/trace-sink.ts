import { createServer } from "node:http";
import { answerParent } from "../process/child.js";
import { listening } from "../process/listening.js";

/** A collector of traces that takes everything and looks at nothing. */
const server = createServer((request, response) => {
  request.resume().on("end", () => response.writeHead(200).end());
});
const port = await listening(server);

answerParent(() => Promise.resolve({ port }));
