/**
 * The proxies of a provider's file: Clash YAML with the key `proxies`, or one URL a line, both as they
 * are or in Base64. Runs in the worker. The file is hostile; a proxy that is wrong is left out.
 */
import { isUtf8 } from 'node:buffer';
import type { ProxyConfig } from '../config/config.ts';
import { LineIndex } from '../config/line-index.ts';
import { Names } from '../config/names.ts';
import { Problems } from '../config/problems.ts';
import { readProxies } from '../config/proxies-section.ts';
import { readYaml } from '../config/read-yaml.ts';
import type { ListProblem } from './entries.ts';
import { ProblemList } from './entries.ts';
import { ListError } from './list-error.ts';
import { proxyOfUrl } from './proxy-url.ts';
import { unpacked } from './unpack.ts';

export interface ProxyList {
  /** In the order of the file; names may come twice. */
  readonly proxies: readonly ProxyConfig[];
  /** Proxies of types that Sluice does not speak, by type. */
  readonly unsupported: ReadonlyMap<string, number>;
  /** Proxies that are wrong. */
  readonly broken: number;
  /** The first of them. */
  readonly problems: readonly ListProblem[];
}

/** `path` is where relative names in the file begin. Throws `ListError` where it is no list of proxies. */
export function readProxyList(bytes: Buffer, path: string): ProxyList {
  if (!isUtf8(bytes)) throw new ListError('ERR_LIST_ENCODING', 'it is not UTF-8 text');
  const text = unpacked(new TextDecoder().decode(bytes));
  const list = /^["']?proxies["']?\s*:/m.test(text) ? readClash(text, path) : readUrls(text);
  if (list.proxies.length > 0) return list;
  const unsupported = [...list.unsupported].map(([type, count]) => `${count} of type ${type}`);
  const [first] = list.problems;
  const why =
    unsupported.length > 0
      ? `Sluice speaks none of its proxies (${unsupported.slice(0, 5).join(', ')})`
      : first === undefined
        ? 'there is no proxy in it'
        : `line ${first.line}: ${first.message}`;
  throw new ListError('ERR_LIST_EMPTY', why);
}

function readClash(text: string, path: string): ProxyList {
  const lines = new LineIndex(text);
  const problems = new Problems(path, (offset) => lines.position(offset));
  const root = readYaml(text, problems);
  const section = root?.kind === 'map' ? root.entries.get('proxies')?.value : undefined;
  if (section?.kind !== 'list') {
    const [first] = problems.list();
    const why = first === undefined ? 'what stands under "proxies" is no list' : first.message;
    throw new ListError('ERR_LIST_FORMAT', `line ${first?.line ?? 1}: ${why}`);
  }
  const read = readProxies(section.items, path, new Names(), problems);
  const wrong = problems.list().filter(({ severity }) => severity === 'error');
  return collect(read, section.items.length, wrong);
}

function readUrls(text: string): ProxyList {
  const found: ProxyConfig[] = [];
  const problems = new ProblemList();
  text.split('\n').forEach((raw, index) => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith('//')) return;
    const proxy = proxyOfUrl(line, { line: index + 1, column: 1 });
    if (typeof proxy === 'string') problems.add(index + 1, proxy);
    else found.push(proxy);
  });
  return collect(found, found.length + problems.broken, problems.problems);
}

function collect(
  read: readonly ProxyConfig[],
  items: number,
  wrong: readonly ListProblem[],
): ProxyList {
  const unsupported = new Map<string, number>();
  const proxies: ProxyConfig[] = [];
  for (const proxy of read) {
    if (proxy.type !== 'unsupported') proxies.push(proxy);
    else unsupported.set(proxy.declaredType, (unsupported.get(proxy.declaredType) ?? 0) + 1);
  }
  const problems = new ProblemList();
  for (const { line, message } of wrong) problems.add(line, message);
  return { proxies, unsupported, broken: items - read.length, problems: problems.problems };
}
