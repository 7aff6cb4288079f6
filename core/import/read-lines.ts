/** Lines that name a proxy each, as they are or in Base64. Pure. */
import { isUtf8 } from 'node:buffer';
import { settingsOf } from '../config/upstream-settings.ts';
import { MOST_FOUND, ProblemNotes, cleanName } from './found.ts';
import type { Found, FoundProxy } from './found.ts';
import { readProxyLine } from './read-line.ts';

const LONGEST_LINE = 8192;

/** Never throws. */
export function readLines(text: string): Found {
  const proxies: FoundProxy[] = [];
  const problems = new ProblemNotes();
  const lines = decoded(text).split(/\r\n|\n|\r/);
  lines.forEach((raw, index) => {
    const number = index + 1;
    // What is pasted from a message may be in quotes, or an item of a list.
    const line = raw
      .trim()
      .replace(/^[-*•]\s+(?=\S+:)/, '')
      .replace(/^(["'`])(.*)\1[,;]?$/, '$2')
      .replace(/[,;]$/, '');
    if (line === '' || /^(?:#|\/\/)/.test(line)) return;
    if (line.length > LONGEST_LINE) {
      problems.add(number, '', `the line is longer than ${LONGEST_LINE} characters`);
      return;
    }
    if (proxies.length >= MOST_FOUND) {
      problems.add(
        number,
        '',
        `there are more than ${MOST_FOUND} proxies: the others are left out`,
      );
      return;
    }
    const read = readProxyLine(line, number);
    if (typeof read === 'string') {
      problems.add(number, '', read);
      return;
    }
    const { proxy, note } = read;
    const settings = settingsOf(proxy);
    if (settings === null) {
      const type = proxy.type === 'unsupported' ? proxy.declaredType : proxy.type;
      problems.add(number, proxy.name, `Sluice does not speak ${type}`);
      return;
    }
    const name = cleanName(settings.name) || `${settings.server}:${settings.port}`;
    proxies.push({ settings: { ...settings, name }, line: number, note });
  });
  return {
    ...{ format: 'lines', proxies, groups: [], rules: [], providers: [], problems, isWhole: false },
  };
}

/** Subscriptions often come in Base64, with or without line breaks and padding. */
function decoded(text: string): string {
  const packed = text.replace(/\s/g, '');
  if (packed.length < 8 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(packed)) return text;
  const bytes = Buffer.from(packed, 'base64');
  const inner = isUtf8(bytes) ? bytes.toString() : '';
  const isText = !/[^\P{Cc}\t\r\n]/u.test(inner);
  return isText && inner.includes(':') ? inner : text;
}
