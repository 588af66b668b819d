import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DescMethod, DescService } from "@bufbuild/protobuf";

const GENERATED = fileURLToPath(new URL("../../../../../packages/protocol/src/gen", import.meta.url));

/** Every RPC of the generated code below a folder of it, such as `countersign`: additions to the protos are included automatically. */
export async function everyRpc(folder: string): Promise<readonly DescMethod[]> {
  return (await everyService(folder)).flatMap(({ methods }) => methods);
}

/** `package.Service/Method`. */
export function rpcName(method: DescMethod): string {
  return `${method.parent.typeName}/${method.name}`;
}

export async function everyService(folder: string): Promise<readonly DescService[]> {
  const files = readdirSync(`${GENERATED}/${folder}`, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith("_pb.ts"),
  );
  const modules = await Promise.all(
    files.map((name) => import(`${GENERATED}/${folder}/${name}`) as Promise<Record<string, unknown>>),
  );
  return modules.flatMap((each) => Object.values(each)).filter(isService);
}

function isService(value: unknown): value is DescService {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "service";
}
