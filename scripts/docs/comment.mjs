import { getComments } from "@bufbuild/protoplugin";

/** The comment above a declaration, as paragraphs. buf lint sees to it that there is one. */
export function paragraphsOf(desc) {
  const { leading = "" } = getComments(desc);
  return leading
    .replace(/^ /gm, "")
    .replace(/\n(?=Errors: )/g, "\n\n")
    .trim()
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.split("\n"));
}

/** For running text: lines as they stand in the proto. */
export const asText = (desc) =>
  paragraphsOf(desc)
    .map((lines) => lines.join("\n"))
    .join("\n\n");

/** For a cell of a table, which is one line. */
export const asCell = (desc) =>
  paragraphsOf(desc)
    .map((lines) => lines.join(" ").replaceAll("|", "\\|"))
    .join("<br>");
