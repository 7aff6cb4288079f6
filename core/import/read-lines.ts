/** Lines that name a proxy each. Pure. */
import { settingsOf } from '../config/upstream-settings.ts';
import { MOST_FOUND, ProblemNotes, cleanName } from './found.ts';
import type { Found, FoundProxy } from './found.ts';
import { readProxyLine } from './read-line.ts';

const LONGEST_LINE = 8192;

/** Never throws. */
export function readLines(text: string): Found {
  const proxies: FoundProxy[] = [];
  const problems = new ProblemNotes();
  const lines = text.split(/\r\n|\n|\r/);
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
