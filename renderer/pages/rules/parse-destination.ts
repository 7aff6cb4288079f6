/** What is typed into the explain bar: `host`, `host:port`, `[::1]:port`, or the address of a page. Pure. */

export interface Destination {
  readonly host: string;
  readonly port?: number;
}

/** Null where it names no host. */
export function parseDestination(typed: string): Destination | null {
  const text = typed.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text);
  const plain = (scheme === null ? text : text.slice(scheme[0].length)).replace(/[/?#].*$/s, '');
  const [, host = '', port] =
    /^\[([^\]]+)\](?::([0-9]{1,5}))?$/.exec(plain) ??
    /^([^:]+)(?::([0-9]{1,5}))?$/.exec(plain) ??
    /^([0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*)$/i.exec(plain) ??
    [];
  if (host === '' || /\s/.test(host)) return null;
  if (port !== undefined) return { host, port: Number(port) };
  return scheme?.[1]?.toLowerCase() === 'http' ? { host, port: 80 } : { host };
}
