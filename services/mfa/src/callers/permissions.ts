import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { rpcName } from "@countersign/rpc-server";
import { CALLER_ROLES } from "./caller-roles.js";

/** The RPCs of each permission: every role, every service and every RPC of these services, by name. */
export function permissionTable(services: readonly DescService[]): ReadonlyMap<string, readonly string[]> {
  const roles = Object.entries(CALLER_ROLES).map(([role, methods]) => [role, methods.map(nameOf)] as const);
  const whole = services.map(({ typeName, methods }) => [typeName, methods.map(nameOf)] as const);
  const single = services.flatMap(({ methods }) =>
    methods.map((each) => [nameOf(each), [nameOf(each)]] as const),
  );
  return new Map<string, readonly string[]>([...roles, ...whole, ...single]);
}

function nameOf({ parent, name }: DescMethod): string {
  return rpcName({ service: parent.typeName, method: name });
}
