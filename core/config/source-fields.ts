/** What all kinds of providers have in common: where their contents come from. */
import { dirname, isAbsolute, join, normalize, resolve, sep } from 'node:path';
import { printable, quote } from '../../rules/text.ts';
import type { Fields, Key, Reader } from './fields.ts';
import { integer, list, map, optional, scalar, text } from './fields.ts';
import { reference } from './names.ts';
import type { Names } from './names.ts';
import type { Problems } from './problems.ts';
import type { Headers, ProviderSource } from './provider-config.ts';
import type { MapValue, Value } from './value.ts';

const DEFAULT_SIZE_LIMIT = 64 * 1024 * 1024;
const LARGEST_SIZE_LIMIT = 1024 * 1024 * 1024;
/** A timer cannot wait for longer than 24.8 days at once. */
const LONGEST_INTERVAL = 2_000_000;

export const httpUrl = scalar('an http or https URL', (value) => {
  const url = URL.parse(value);
  const isHttp = url !== null && (url.protocol === 'http:' || url.protocol === 'https:');
  return isHttp && value.length <= 4096 ? url.href : undefined;
});

/** Of the request or of the connection itself, so that they are not for the user to set. */
const ownHeaders = ['connection', 'content-length', 'expect', 'te', 'trailer', 'upgrade'];

/** RFC 9110 section 5: names are tokens, values hold no control characters. One value or a list. */
const headers: Reader<Headers> = (value, name, problems) => {
  const entries = map(value, name, problems)?.entries;
  if (entries === undefined) return undefined;
  const found: Record<string, readonly string[]> = {};
  for (const [key, entry] of entries) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/.test(key)) {
      problems.error('value-invalid', entry.keyOffset, `${quote(key)} is not a header name`);
    } else if (
      ownHeaders.includes(key.toLowerCase()) ||
      key.toLowerCase() === 'transfer-encoding'
    ) {
      problems.warn('key-ignored', entry.keyOffset, `${name}.${key} is ignored: Sluice sets it`);
    } else {
      found[key] = list(headerValue)(entry.value, `${name}.${key}`, problems) ?? [];
    }
  }
  return found;
};

const headerValue = scalar('printable ASCII text', (value) =>
  /^[\t\x20-\x7e]{0,4096}$/.test(value) ? value : undefined,
);

export const sourceKeys = {
  type: optional(text(1, 64), ''),
  url: optional(httpUrl, ''),
  path: optional(text(1, 4096), ''),
  interval: optional(integer(0, LONGEST_INTERVAL), 0),
  proxy: optional(reference, null),
  header: optional(headers, {}),
  'size-limit': optional(integer(0, LARGEST_SIZE_LIMIT), 0),
} satisfies Record<string, Key<unknown>>;

interface SourceContext {
  /** Path of the section, such as `rule-providers.ads`. */
  readonly path: string;
  /** Of the configuration file. */
  readonly file: string;
  readonly names: Names;
  readonly problems: Problems;
}

/** Null after an error; 'inline' where the section brings its contents itself. */
export function readSource(
  item: MapValue,
  fields: Fields<typeof sourceKeys>,
  context: SourceContext,
): ProviderSource | 'inline' | null {
  const { path, names, problems } = context;
  const type = fields.type.toLowerCase();
  const sizeLimit = fields['size-limit'] === 0 ? DEFAULT_SIZE_LIMIT : fields['size-limit'];
  if (fields.proxy !== null) names.check(fields.proxy, problems);
  const needs = (key: 'url' | 'path', example: string): boolean => {
    if (fields[key] !== '') return true;
    // A value that is there and wrong has been reported.
    if (item.entries.get(key)?.value.kind !== 'scalar') {
      problems.error('key-missing', item.offset, `${path}.${key} is missing: ${example}`);
    }
    return false;
  };
  switch (type) {
    case 'http': {
      if (!needs('url', 'write where the list is, as https://host/path')) return null;
      const { url, interval, header, proxy } = fields;
      const kept = keptPath(item, fields.path, path, problems);
      if (kept === null) return null;
      return {
        ...{ type, url, path: kept, interval, headers: header },
        ...{ proxy: proxy?.to ?? '', sizeLimit },
      };
    }
    case 'file': {
      if (!needs('path', 'write the name of the file')) return null;
      const file = readablePath(item, fields.path, context);
      return file === null ? null : { type, path: file, sizeLimit };
    }
    case 'inline':
      return 'inline';
    default: {
      const offset = item.entries.get('type')?.value.offset ?? item.offset;
      const message = `${path}.type must be http, file or inline, not ${quote(fields.type)}`;
      problems.error(type === '' ? 'key-missing' : 'value-invalid', offset, message);
      return null;
    }
  }
}

/** Where a download is kept: below the state folder unless the path is absolute. */
function keptPath(item: MapValue, text: string, path: string, problems: Problems): string | null {
  if (text === '' || isAbsolute(text)) return text === '' ? '' : normalize(text);
  const inner = normalize(text);
  if (!leavesFolder(inner)) return inner;
  refusePath(item, text, path, problems);
  return null;
}

/** A file of the user's: below the folder of the configuration unless the path is absolute. */
function readablePath(
  item: MapValue,
  text: string,
  { path, file, problems }: SourceContext,
): string | null {
  const inFolder = absolutePath(text, file);
  if (inFolder === null) refusePath(item, text, path, problems);
  return inFolder;
}

/** Null where a relative path leaves the folder of the configuration file. */
export function absolutePath(text: string, file: string): string | null {
  if (isAbsolute(text)) return normalize(text);
  const inner = normalize(text);
  return leavesFolder(inner) ? null : join(dirname(resolve(file)), inner);
}

function leavesFolder(normalized: string): boolean {
  return normalized === '..' || normalized.startsWith(`..${sep}`) || normalized.includes('\0');
}

function refusePath(item: MapValue, text: string, path: string, problems: Problems): void {
  const offset = item.entries.get('path')?.value.offset ?? item.offset;
  const message = `${path}.path ${quote(text)} leaves its folder: write an absolute path where that is meant`;
  problems.error('path-outside', offset, message);
}

/** The named maps of a section such as `rule-providers`. */
export function namedMaps(
  section: MapValue,
  name: string,
  problems: Problems,
): readonly { readonly name: string; readonly path: string; readonly item: MapValue }[] {
  const found = [];
  for (const [key, entry] of section.entries) {
    const path = `${name}.${printable(key, 60)}`;
    if (key === '' || key.length > 128) {
      const message = `the name of a provider has 1 to 128 characters`;
      problems.error('value-invalid', entry.keyOffset, message);
      continue;
    }
    const item = map(entry.value, path, problems);
    if (item !== undefined) found.push({ name: key, path, item });
  }
  return found;
}

/** Scalars of a list with their lines. */
export function textEntries(
  items: readonly Value[],
  path: string,
  problems: Problems,
): readonly { readonly text: string; readonly line: number }[] {
  return items.flatMap((value, index) => {
    if (value.kind === 'scalar') {
      return [{ text: value.text, line: problems.position(value.offset).line }];
    }
    problems.error('value-invalid', value.offset, `${path}[${index}] must be text`);
    return [];
  });
}
