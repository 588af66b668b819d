/** Bytes of a string or a map of strings and maps in MaxMind's data format; texts shorter than 29 bytes, maps smaller than 29 entries. */
function encode(value: unknown): Buffer {
  if (typeof value === "string")
    return Buffer.concat([Buffer.from([(2 << 5) | value.length]), Buffer.from(value)]);
  if (typeof value === "number") return Buffer.from([(6 << 5) | 4, ...uint32(value)]);
  const entries = Object.entries(value as object);
  const parts = entries.flatMap(([key, each]) => [encode(key), encode(each)]);
  return Buffer.concat([Buffer.from([(7 << 5) | entries.length]), ...parts]);
}

function uint32(value: number): number[] {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);
}

/** A database in MaxMind's format that knows the country of some /16 blocks of IPv4, given by their first two numbers. */
export function countryDatabase(countries: Readonly<Record<string, string>>): Buffer {
  type Node = [Node | number | undefined, Node | number | undefined];
  const root: Node = [undefined, undefined];
  const nodes: Node[] = [root];
  const data: Buffer[] = [];
  let dataLength = 0;
  for (const [block, country] of Object.entries(countries)) {
    const [high = 0, low = 0] = block.split(".").map(Number);
    const bits = ((high << 8) | low).toString(2).padStart(16, "0");
    let node = root;
    for (const [depth, bit] of Array.from(bits, Number).entries()) {
      if (depth === 15) {
        node[bit as 0 | 1] = dataLength;
        break;
      }
      let next = node[bit as 0 | 1] as Node | undefined;
      if (next === undefined) {
        next = [undefined, undefined];
        nodes.push(next);
        node[bit as 0 | 1] = next;
      }
      node = next;
    }
    data.push(encode({ country: { iso_code: country } }));
    dataLength += data.at(-1)!.length;
  }
  const record = (value: Node | number | undefined): number[] => {
    if (value === undefined) return uint32(nodes.length);
    return uint32(typeof value === "number" ? nodes.length + 16 + value : nodes.indexOf(value));
  };
  const tree = Buffer.from(nodes.flatMap(([left, right]) => [...record(left), ...record(right)]));
  const metadata = encode({
    node_count: nodes.length,
    record_size: 32,
    ip_version: 4,
    database_type: "Test-Country",
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1,
  });
  const marker = Buffer.concat([Buffer.from([0xab, 0xcd, 0xef]), Buffer.from("MaxMind.com")]);
  return Buffer.concat([tree, Buffer.alloc(16), ...data, marker, metadata]);
}
