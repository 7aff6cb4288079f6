/** Configurations of many layouts for property tests: a list of rules, and what stands around it. */
import fc from 'fast-check';

export interface Item {
  readonly enabled: boolean;
  readonly text: string;
}

export interface Layout {
  readonly text: string;
  /** What stands before and behind the list, and must never change. */
  readonly before: string;
  readonly after: string;
  readonly items: readonly Item[];
  readonly isBlock: boolean;
  /** Comments and other lines within the list that belong to no rule. */
  readonly notes: readonly string[];
}

const word = fc.stringMatching(/^[a-z0-9]{1,6}$/);

/** Text that is a rule, or at least could stand in its place. */
export const ruleText: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(word, word).map(([a, b]) => `DOMAIN-SUFFIX,${a}.${b},DIRECT`) },
  { weight: 2, arbitrary: word.map((a) => `AND,((NETWORK,udp),(DOMAIN,${a}.test)),REJECT`) },
  { weight: 1, arbitrary: word.map((a) => `DOMAIN-REGEX,^${a}[0-9]{1,3}\\.test$,DIRECT`) },
  { weight: 1, arbitrary: word.map((a) => `PROCESS-NAME,it's a "${a}" # of sorts: yes,DIRECT`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'MATCH,DIRECT',
      '- MATCH',
      '*x,a',
      '&x',
      '[a]',
      'a: b',
      '~',
      '3',
      '💡,é',
    ),
  },
);

const comment = fc
  .oneof(word, fc.constantFrom('- DOMAIN,a,b', "it's", '', '[', 'sluice:enabled'))
  .map((text) => `# ${text}`);

const around = fc.constantFrom(
  '',
  'mode: rule\n',
  '# top\n\nmode: rule\n',
  'x-base: &base\n  a: [1, "b # c"]\ny: *base\n',
);
const behind = fc.constantFrom(
  '',
  'log-level: info\n',
  '\n# about dns\ndns:\n  enable: false # rules: []\n',
  'x:\n  rules:\n    - NOT,mine\n  text: |\n    rules:\n    - NOR,this\n...\n',
);

interface Spec extends Item {
  readonly quoting: 'plain' | 'single' | 'double';
  /** Lines above it. */
  readonly above: readonly string[];
  /** Behind it on its line; empty: nothing. */
  readonly note: string;
}

const spec: fc.Arbitrary<Spec> = fc.record({
  enabled: fc.boolean().map((flag) => flag),
  text: ruleText,
  quoting: fc.constantFrom('plain', 'single', 'double'),
  above: fc.array(fc.oneof(comment, fc.constant('')), { maxLength: 2 }),
  note: fc.oneof(fc.constant(''), comment),
});

/** Plain only where it may be: letters, digits and what rules of domains have. */
function scalar({ text, quoting }: Spec, isFlow: boolean): string {
  if (quoting === 'plain' && /^[A-Z-]+,[a-z0-9.]+,[A-Z]+$/.test(text) && !isFlow) return text;
  return quoting === 'single' ? `'${text.replaceAll("'", "''")}'` : JSON.stringify(text);
}

const block: fc.Arbitrary<Layout> = fc
  .record({
    specs: fc.array(spec, { minLength: 1, maxLength: 6 }),
    indent: fc.constantFrom('', '  ', '    '),
    space: fc.constantFrom(' ', '   '),
    key: fc.constantFrom('rules:', 'rules: # mine', '"rules" :', 'rules: &r'),
    before: around,
    after: behind,
    isOpen: fc.boolean(),
    isCrlf: fc.boolean(),
  })
  .filter(({ specs }) => specs.some(({ enabled }) => enabled))
  .map(({ specs, indent, space, key, before, after, isOpen, isCrlf }) => {
    const lines = specs.flatMap((one) => {
      const mark = one.enabled ? `-${space}` : '# sluice:disabled - ';
      const line = `${indent}${mark}${scalar(one, false)}${one.note && ` ${one.note}`}`;
      return [...one.above.map((text) => (text === '' ? '' : indent + text)), line];
    });
    const list = lines.join('\n') + (isOpen && after === '' ? '' : '\n');
    return finished({
      before: `${before}${key}\n`,
      list,
      after,
      isCrlf,
      isBlock: true,
      items: specs,
      notes: specs.flatMap(({ above }) => above.filter((text) => text !== '')),
    });
  });

const flow: fc.Arbitrary<Layout> = fc
  .record({
    specs: fc.array(spec, { maxLength: 6 }),
    isOneLine: fc.boolean(),
    hasLastComma: fc.boolean(),
    before: around,
    after: behind,
    isCrlf: fc.boolean(),
  })
  .map(({ specs, isOneLine, hasLastComma, before, after, isCrlf }) => {
    const used = isOneLine ? specs.map((one) => ({ ...one, enabled: true })) : specs;
    const last = used.findLastIndex(({ enabled }) => enabled);
    const parts = used.map((one, index) => {
      const comma = index < last || (hasLastComma && index === last) ? ',' : '';
      if (isOneLine) return `${scalar(one, true)}${comma}`;
      const above = one.above.map((text) => (text === '' ? '\n' : `  ${text}\n`)).join('');
      if (!one.enabled) return `${above}  # sluice:disabled - ${scalar(one, true)}\n`;
      return `${above}  ${scalar(one, true)}${comma}${one.note && ` ${one.note}`}\n`;
    });
    return finished({
      before: `${before}rules: [`,
      list: isOneLine ? parts.join(' ') : `\n${parts.join('')}`,
      after: `${isOneLine ? '' : '  '}] # end\n${after}`,
      isCrlf,
      isBlock: false,
      items: used,
      notes: isOneLine ? [] : used.flatMap(({ above }) => above.filter((text) => text !== '')),
    });
  });

const none: fc.Arbitrary<Layout> = fc
  .record({
    value: fc.constantFrom(
      'rules:\n',
      'rules: # none\n',
      'rules: ~\n',
      'rules: []\n',
      'rules: [ ]\n',
      '',
    ),
    before: around,
    after: behind,
    isCrlf: fc.boolean(),
  })
  .filter(({ value, after }) => value !== '' || !after.includes('...'))
  .map(({ value, before, after, isCrlf }) =>
    finished({
      // A key that is not there comes last.
      ...(value === '' ? { before: before + after, after: '' } : { before, after }),
      list: value,
      isCrlf,
      isBlock: false,
      items: [],
      notes: [],
    }),
  );

interface Parts extends Omit<Layout, 'text'> {
  readonly list: string;
  readonly isCrlf: boolean;
}

function finished({ list, isCrlf, ...layout }: Parts): Layout {
  const broken = (text: string): string => (isCrlf ? text.replaceAll('\n', '\r\n') : text);
  const [before, after] = [broken(layout.before), broken(layout.after)];
  return { ...layout, before, after, text: before + broken(list) + after };
}

export const layout: fc.Arbitrary<Layout> = fc.oneof(
  { weight: 4, arbitrary: block },
  { weight: 3, arbitrary: flow },
  { weight: 1, arbitrary: none },
);
