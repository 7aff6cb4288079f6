/** Finds out what a text is, and reads it. Pure. */
import { SluiceError } from '../api/errors.ts';
import { unpacked } from '../providers/unpack.ts';
import type { Found } from './found.ts';
import { readClash } from './read-clash.ts';
import { readLines } from './read-lines.ts';
import { readProxifier } from './read-proxifier.ts';

/** A key of Clash at the top, as YAML or as JSON. */
const CLASH_KEY =
  /^[ \t]*[{,]?[ \t]*["']?(?:proxies|proxy-groups|proxy-providers|rule-providers|rules)["']?[ \t]*:/m;
/** A list of maps of which the first is a proxy. */
const CLASH_ITEM = /^\s*-[ \t]*(?:\{.*\b(?:name|type)["']?[ \t]*:|["']?(?:name|type)["']?[ \t]*:)/;

/** Throws `ERR_IMPORT_FORMAT`, `ERR_IMPORT_EMPTY` or `ERR_IMPORT_TOO_LARGE`. */
export function readImport(text: string): Found {
  const bare = unpacked(text.replace(/^\ufeff/, ''));
  const found = readAs(bare);
  const { proxies, groups, rules, providers, problems, format } = found;
  if (proxies.length + groups.length + rules.length + providers.length > 0) return found;
  const [first] = problems.list;
  if (first !== undefined && format === 'clash') return found;
  const isUnknown = problems.list.length === 0 || problems.list.every(({ name }) => name === '');
  if (!isUnknown) return found;
  const line =
    first === undefined || first.line === 0 ? '' : ` (line ${first.line}: ${first.message})`;
  throw new SluiceError(
    'ERR_IMPORT_EMPTY',
    `No proxy was found in it${line}. What is understood: Clash YAML, lines such as ` +
      'socks5://user:password@host:port, and profiles of Proxifier.',
  );
}

function readAs(text: string): Found {
  if (/^\s*<(?:\?xml|!--|ProxifierProfile)/.test(text)) return readProxifier(text);
  if (/^\s*<(?:!doctype|html)/i.test(text)) {
    const message = 'This is a web page, and no list of proxies: check the address.';
    throw new SluiceError('ERR_IMPORT_FORMAT', message);
  }
  const isJson = /^\s*\{/.test(text) && /"(?:proxies|proxy-groups|rules)"\s*:/.test(text);
  if (isJson || CLASH_KEY.test(text) || CLASH_ITEM.test(text)) return readClash(text);
  return readLines(text);
}
