import { readFile } from "node:fs/promises";
import {
  createFileRegistry,
  type DescMessage,
  type FileRegistry,
  fromBinary,
  fromJson,
  type JsonObject,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

/** The suite's own messages, read from its definitions and handled as JSON: no code is generated for them. */
export class SuiteMessages {
  private constructor(readonly registry: FileRegistry) {}

  static async load(imagePath: string): Promise<SuiteMessages> {
    return new SuiteMessages(
      createFileRegistry(fromBinary(FileDescriptorSetSchema, await readFile(imagePath))),
    );
  }

  desc(name: string): DescMessage {
    const found = this.registry.getMessage(`connectrpc.conformance.v1.${name}`);
    if (found === undefined) throw new Error(`the suite has no message ${name}`);
    return found;
  }

  /** Reads one message from standard input: four bytes of length, then the message. */
  async read(name: string, input: AsyncIterable<Buffer>): Promise<JsonObject> {
    let seen = Buffer.alloc(0);
    for await (const piece of input) {
      seen = Buffer.concat([seen, piece]);
      if (seen.length >= 4 && seen.length >= 4 + seen.readUInt32BE(0)) break;
    }
    const desc = this.desc(name);
    const message = fromBinary(desc, seen.subarray(4, 4 + seen.readUInt32BE(0)));
    return toJson(desc, message, { registry: this.registry }) as JsonObject;
  }

  /** A message in the form that the suite reads from standard output. */
  frame(name: string, json: JsonObject): Buffer {
    const desc = this.desc(name);
    const bytes = toBinary(desc, fromJson(desc, json, { registry: this.registry }));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  }
}
