/** Writes v2ray's `geosite.dat` and `geoip.dat`, for tests. */

export interface Site {
  /** 0 keyword, 1 regex, 2 domain, 3 exact. */
  readonly type: number;
  readonly value: string;
  readonly attributes?: readonly string[];
}

export function writeGeoSite(lists: Readonly<Record<string, readonly Site[]>>): Buffer {
  return Buffer.concat(
    Object.entries(lists).map(([code, sites]) =>
      field(1, [field(1, code), ...sites.map((site) => field(2, siteFields(site)))]),
    ),
  );
}

/** Addresses as bytes, with the length of their prefix. */
export function writeGeoIp(
  lists: Readonly<Record<string, readonly (readonly [readonly number[], number])[]>>,
): Buffer {
  return Buffer.concat(
    Object.entries(lists).map(([code, prefixes]) =>
      field(1, [
        field(1, code),
        ...prefixes.map(([address, length]) =>
          field(2, [field(1, Buffer.from(address)), varintField(2, length)]),
        ),
      ]),
    ),
  );
}

function siteFields({ type, value, attributes = [] }: Site): Buffer[] {
  // The type 0 is not written, as Protocol Buffers leave out defaults.
  return [
    ...(type === 0 ? [] : [varintField(1, type)]),
    field(2, value),
    ...attributes.map((key) => field(3, [field(1, key), varintField(2, 1)])),
  ];
}

function field(number: number, content: string | Buffer | readonly Buffer[]): Buffer {
  const bytes =
    typeof content === 'string'
      ? Buffer.from(content)
      : Buffer.isBuffer(content)
        ? content
        : Buffer.concat(content);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function varintField(number: number, value: number): Buffer {
  return Buffer.concat([varint(number * 8), varint(value)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}
