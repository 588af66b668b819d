import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { mustRun, tool } from "../process.mjs";

/** The descriptors of everything below proto/ and proto-deps/, with the comments of their sources. */
export async function readContract() {
  const folder = mkdtempSync(join(tmpdir(), "countersign-image-"));
  try {
    const image = join(folder, "image.binpb");
    await mustRun(tool("buf"), ["build", "--output", image]);
    return createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(image)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
