/** Random configuration files in the styles that people write, with what they say beside them. */
import fc from 'fast-check';

export interface RandomProxy {
  readonly name: string;
  readonly type: 'socks5' | 'http';
  readonly server: string;
  readonly port: number;
  readonly password: string;
}

export interface RandomGroup {
  readonly name: string;
  readonly members: readonly string[];
}

export interface RandomFile {
  readonly text: string;
  readonly proxies: readonly RandomProxy[];
  readonly groups: readonly RandomGroup[];
  /** Each has a number of its own. */
  readonly comments: readonly string[];
}

/** Names that YAML, the rule language and terminals could stumble over. */
export const nameOf: fc.Arbitrary<string> = fc
  .oneof(
    fc.stringMatching(/^[A-Za-z][A-Za-z0-9 _-]{0,12}[A-Za-z0-9]$/),
    fc.constantFrom(
      '🇯🇵 東京',
      "it's",
      'a: b',
      'x # y',
      '123',
      '0x1f',
      'yes',
      '- dash',
      '[1]',
      '{x}',
      '"q"',
    ),
    fc.constantFrom(
      '*star',
      '&and',
      '!bang',
      '%p',
      '@at',
      '`tick',
      'a: ',
      '?',
      '2001-01-01',
      '~',
      'null',
    ),
  )
  .map((name) => name.trim());

interface Style {
  readonly dash: 0 | 2 | 4;
  readonly space: ' ' | '   ';
  readonly isFlowItem: readonly boolean[];
  readonly isFlowList: boolean;
  readonly quote: 'none' | 'single' | 'double';
  readonly lineBreak: '\n' | '\r\n';
  readonly hasComments: boolean;
  readonly endsOpen: boolean;
}

const style: fc.Arbitrary<Style> = fc.record({
  dash: fc.constantFrom(0, 2, 4),
  space: fc.constantFrom(' ', '   '),
  isFlowItem: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  isFlowList: fc.boolean(),
  quote: fc.constantFrom('none', 'single', 'double'),
  lineBreak: fc.constantFrom('\n', '\r\n'),
  hasComments: fc.boolean(),
  endsOpen: fc.boolean(),
});

const proxy: fc.Arbitrary<Omit<RandomProxy, 'name'>> = fc.record({
  type: fc.constantFrom('socks5', 'http'),
  server: fc.constantFrom('192.0.2.1', 'proxy.test', '2001:db8::1'),
  port: fc.integer({ min: 1, max: 65_535 }),
  password: fc.constantFrom('', 'secret', '0123', 'p: q', "o'k", 'true'),
});

/** At least one proxy and one group; every group has a member. */
export const randomFile: fc.Arbitrary<RandomFile> = fc
  .record({
    style,
    names: fc.uniqueArray(nameOf, { minLength: 5, maxLength: 8 }),
    proxies: fc.array(proxy, { minLength: 1, maxLength: 4 }),
    members: fc.array(fc.array(fc.nat(), { minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 3,
    }),
  })
  .map((parts) => {
    const proxies = parts.proxies.map((one, index) => ({ ...one, name: parts.names[index] ?? '' }));
    const groups = parts.members
      .slice(0, parts.names.length - proxies.length)
      .map((picks, index) => ({
        name: parts.names[proxies.length + index] ?? '',
        members: [...new Set(picks.map((pick) => proxies[pick % proxies.length]?.name ?? ''))],
      }));
    return write(parts.style, proxies, groups);
  });

function write(
  style: Style,
  proxies: readonly RandomProxy[],
  groups: readonly RandomGroup[],
): RandomFile {
  const { dash, space, isFlowItem, isFlowList, lineBreak, hasComments, endsOpen } = style;
  const comments: string[] = [];
  const note = (indent: string): string => {
    if (!hasComments) return indent.trim() === '' && indent !== '' ? '' : '';
    const comment = `# note ${comments.length};`;
    comments.push(comment);
    return comment;
  };
  const scalar = (text: string): string => {
    if (style.quote === 'double') return JSON.stringify(text);
    const isPlain = /^[A-Za-z][A-Za-z0-9 ._-]*[A-Za-z0-9]$/.test(text);
    const isWord = /^(?:yes|null|true)$/i.test(text);
    if (style.quote === 'none' && isPlain && !isWord) return text;
    return `'${text.replaceAll("'", "''")}'`;
  };
  const behind = (): string => (hasComments ? ` ${note(' ')}` : '');
  const above = (indent: string): string[] => (hasComments ? [indent + note('')] : []);
  const indent = ' '.repeat(dash);
  const inner = ' '.repeat(dash + 1 + space.length);
  const lines: string[] = [...above(''), `mode: rule${behind()}`, '', `proxies:${behind()}`];
  proxies.forEach(({ name, type, server, port, password }, index) => {
    const keys: [string, string][] = [
      ['name', scalar(name)],
      ['type', type],
      ['server', server.includes(':') ? `"${server}"` : server],
      ['port', `${port}`],
      ...(password === ''
        ? []
        : ([
            ['username', 'me'],
            [
              'password',
              style.quote === 'double'
                ? JSON.stringify(password)
                : `'${password.replaceAll("'", "''")}'`,
            ],
          ] as [string, string][])),
    ];
    lines.push(...above(indent));
    if (isFlowItem[index] === true) {
      lines.push(
        `${indent}-${space}{${keys.map(([key, value]) => `${key}: ${value}`).join(', ')}}${behind()}`,
      );
      return;
    }
    keys.forEach(([key, value], at) => {
      if (at > 0) lines.push(...above(inner));
      lines.push(`${at === 0 ? `${indent}-${space}` : inner}${key}: ${value}${behind()}`);
    });
  });
  lines.push('', `proxy-groups:`);
  groups.forEach(({ name, members }, index) => {
    const list = `[${members.map(scalar).join(', ')}]`;
    if (isFlowItem[4 + index] === true) {
      lines.push(`${indent}-${space}{name: ${scalar(name)}, type: select, proxies: ${list}}`);
      return;
    }
    lines.push(`${indent}-${space}name: ${scalar(name)}${behind()}`, `${inner}type: select`);
    if (isFlowList) lines.push(`${inner}proxies: ${list}${behind()}`);
    else {
      lines.push(`${inner}proxies:`);
      for (const member of members)
        lines.push(...above(inner), `${inner}  - ${scalar(member)}${behind()}`);
    }
  });
  lines.push('', 'rules:', ...above(indent), `${indent}-${space}DOMAIN,a.test,DIRECT${behind()}`);
  lines.push(`${indent}-${space}MATCH,DIRECT${behind()}`);
  const text = lines.join(lineBreak) + (endsOpen ? '' : lineBreak);
  return { text, proxies, groups, comments };
}
