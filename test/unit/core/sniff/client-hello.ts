/** Builds TLS records with a ClientHello of any shape (RFC 8446 sections 4.1.2 and 5.1). */

export function vector(size: 1 | 2 | 3, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  const length = Buffer.alloc(size);
  length.writeUIntBE(body.length, 0, size);
  return Buffer.concat([length, body]);
}

export function extension(type: number, data: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(type >> 8, type & 255), vector(2, data)]);
}

export function serverName(name: string | Uint8Array, nameType = 0): Buffer {
  const bytes = typeof name === 'string' ? Buffer.from(name, 'latin1') : name;
  return extension(0, vector(2, Buffer.of(nameType), vector(2, bytes)));
}

/** A handshake message. Without `extensions` it ends where TLS 1.2 allows it to. */
export function clientHello(extensions: readonly Uint8Array[] | null): Buffer {
  const body = [
    Buffer.of(3, 3),
    Buffer.alloc(32, 7),
    vector(1, Buffer.alloc(32, 9)),
    vector(2, Buffer.of(0x13, 0x01)),
    vector(1, Buffer.of(0)),
    ...(extensions === null ? [] : [vector(2, ...extensions)]),
  ];
  return Buffer.concat([Buffer.of(1), vector(3, ...body)]);
}

/** The message in records of at most `fragment` bytes. */
export function records(message: Uint8Array, fragment = 16384): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < message.length; at += fragment) {
    parts.push(Buffer.of(22, 3, 1), vector(2, message.subarray(at, at + fragment)));
  }
  return Buffer.concat(parts);
}
