import { answerParent } from "../process/child.js";
import { runLoad } from "./run-load.js";

answerParent(runLoad);
