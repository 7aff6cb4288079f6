import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import type { RuleEdit } from '../../../../../core/api/edit.ts';
import { editRules as editFile } from '../../../../../core/config/edit/edit-rules.ts';
import { findRuleList } from '../../../../../core/config/edit/rule-list.ts';
import { openYaml } from '../../../../../core/config/edit/yaml-file.ts';
import { layout, ruleText } from './layouts.ts';
import type { Item } from './layouts.ts';

function editRules(text: string, edits: readonly RuleEdit[]): string {
  return editFile(openYaml(text), edits).text;
}

function itemsOf(text: string): Item[] {
  return findRuleList(openYaml(text)).entries.map(({ enabled, text: rule }) => ({
    enabled,
    text: rule ?? '',
  }));
}

/** A step before it is known how long the list is. */
type Step = readonly [op: RuleEdit['op'], a: number, b: number, rule: string];

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom('insert', 'remove', 'replace', 'move', 'disable', 'enable'),
  fc.nat(7),
  fc.nat(7),
  ruleText,
);

/** What a step means for a list, and how it changes it; null: it makes no sense there. */
function apply(
  items: readonly Item[],
  [op, a, b, rule]: Step,
): { edit: RuleEdit; items: Item[] } | null {
  const at = items.length === 0 ? 0 : a % items.length;
  const item = items[at];
  if (op === 'insert') {
    const place = a % (items.length + 1);
    const edit: RuleEdit = { op, rule, at: place };
    return { edit, items: items.toSpliced(place, 0, { enabled: true, text: rule }) };
  }
  if (item === undefined) return null;
  if (op === 'remove') return { edit: { op, at, rule: item.text }, items: items.toSpliced(at, 1) };
  if (op === 'replace') {
    const edit: RuleEdit = { op, at, by: rule, rule: item.text };
    return { edit, items: items.with(at, { ...item, text: rule }) };
  }
  if (op === 'move') {
    const to = b % items.length;
    const edit: RuleEdit = { op, from: at, to, rule: item.text };
    return { edit, items: items.toSpliced(at, 1).toSpliced(to, 0, item) };
  }
  const enabled = op === 'enable';
  if (item.enabled === enabled) return null;
  return { edit: { op, at, rule: item.text }, items: items.with(at, { ...item, enabled }) };
}

describe('in any layout', () => {
  test('the list is found', () => {
    fc.assert(
      fc.property(layout, ({ text, items }) => {
        assert.deepEqual(
          itemsOf(text),
          items.map(({ enabled, text: rule }) => ({ enabled, text: rule })),
        );
      }),
      { numRuns: 300 },
    );
  });

  test('changes one after the other do what they say, and nothing else', () => {
    fc.assert(
      fc.property(layout, fc.array(step, { minLength: 1, maxLength: 6 }), (start, steps) => {
        let { text } = start;
        let items: readonly Item[] = itemsOf(text);
        for (const one of steps) {
          const next = apply(items, one);
          if (next === null) continue;
          text = editRules(text, [next.edit]);
          ({ items } = next);
          assert.deepEqual(itemsOf(text), items);
          // What stands around the list is the same, byte for byte.
          assert.ok(text.startsWith(start.before), text);
          assert.ok(text.endsWith(start.after), text);
          for (const note of start.notes) assert.ok(text.includes(note), `${note} in ${text}`);
        }
        const { rules: _before, ...before } = parse(start.text, { uniqueKeys: false }) ?? {};
        const { rules: _after, ...after } = parse(text, { uniqueKeys: false }) ?? {};
        assert.deepEqual(after, before);
        if (start.text.includes('\r\n')) assert.doesNotMatch(text, /(?<!\r)\n/);
      }),
      { numRuns: 400 },
    );
  });

  test('all at once is the same as one after the other', () => {
    fc.assert(
      fc.property(layout, fc.array(step, { maxLength: 5 }), ({ text }, steps) => {
        const edits: RuleEdit[] = [];
        let items: readonly Item[] = itemsOf(text);
        for (const one of steps) {
          const next = apply(items, one);
          if (next === null) continue;
          edits.push(next.edit);
          ({ items } = next);
        }
        const single = edits.reduce((current, edit) => editRules(current, [edit]), text);
        assert.equal(editRules(text, edits), single);
      }),
      { numRuns: 100 },
    );
  });

  test('many that are switched or deleted at once are the same as one after the other', () => {
    const op = fc.constantFrom('disable', 'enable', 'remove');
    fc.assert(
      fc.property(layout, op, fc.array(fc.boolean(), { maxLength: 9 }), ({ text }, how, chosen) => {
        const places = itemsOf(text).flatMap(({ enabled, text: rule }, at) =>
          chosen[at] === true && (how === 'remove' || enabled === (how === 'disable'))
            ? [{ op: how, at, rule }]
            : [],
        );
        const edits = how === 'remove' ? places.toReversed() : places;
        const single = edits.reduce((current, edit) => editRules(current, [edit]), text);
        assert.equal(editRules(text, edits), single);
      }),
      { numRuns: 200 },
    );
  });

  test('a rule that is disabled and enabled again leaves no trace in a list of lines', () => {
    fc.assert(
      fc.property(
        layout.filter(({ isBlock }) => isBlock),
        fc.nat(),
        ({ text, items }, n) => {
          const at = n % items.length;
          const there = items[at]?.enabled === true;
          const edits: RuleEdit[] = [
            { op: there ? 'disable' : 'enable', at },
            { op: there ? 'enable' : 'disable', at },
          ];
          assert.equal(editRules(text, edits), text);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('a rule that is added and removed again leaves no trace in a list of lines', () => {
    fc.assert(
      fc.property(
        layout.filter(({ isBlock, text }) => isBlock && text.endsWith('\n')),
        fc.nat(),
        ruleText,
        ({ text, items }, n, rule) => {
          const at = n % (items.length + 1);
          assert.equal(
            editRules(text, [
              { op: 'insert', rule, at },
              { op: 'remove', at },
            ]),
            text,
          );
        },
      ),
      { numRuns: 150 },
    );
  });
});

const BLOCK = `# mine
mode: rule
rules:
  # ads
  - DOMAIN,ads.test,REJECT # all of them

  # the rest
  # sluice:disabled - DOMAIN-SUFFIX,b.test,DIRECT
  - MATCH,DIRECT
# about names
dns: {enable: false}
`;

describe('in a list of lines', () => {
  test('a new rule comes behind the one before, and above the comments of the first', () => {
    assert.equal(
      editRules(BLOCK, [{ op: 'insert', rule: 'DOMAIN,a.test,DIRECT', at: 0 }]),
      BLOCK.replace('  # ads', '  - DOMAIN,a.test,DIRECT\n  # ads'),
    );
    assert.equal(
      editRules(BLOCK, [{ op: 'insert', rule: 'DOMAIN,a.test,DIRECT', at: 1 }]),
      BLOCK.replace('of them\n', 'of them\n  - DOMAIN,a.test,DIRECT\n'),
    );
    assert.equal(
      editRules(BLOCK, [{ op: 'insert', rule: 'DOMAIN,a.test,DIRECT' }]),
      BLOCK.replace('MATCH,DIRECT\n', 'MATCH,DIRECT\n  - DOMAIN,a.test,DIRECT\n'),
    );
  });

  test('a rule is disabled with the note behind it', () => {
    assert.equal(
      editRules(BLOCK, [{ op: 'disable', at: 0 }]),
      BLOCK.replace('- DOMAIN,ads', '# sluice:disabled - DOMAIN,ads'),
    );
  });

  test('a rule moves with the note behind it; comments above it stay', () => {
    assert.equal(
      editRules(BLOCK, [{ op: 'move', from: 0, to: 2 }]),
      BLOCK.replace('  - DOMAIN,ads.test,REJECT # all of them\n', '').replace(
        'MATCH,DIRECT\n',
        'MATCH,DIRECT\n  - DOMAIN,ads.test,REJECT # all of them\n',
      ),
    );
  });

  test('a rule of several lines is removed whole, and disabled as one line', () => {
    const folded = 'rules:\n- >-\n  DOMAIN,a.test,\n  DIRECT\n- MATCH,DIRECT\n';
    assert.equal(editRules(folded, [{ op: 'remove', at: 0 }]), 'rules:\n- MATCH,DIRECT\n');
    assert.equal(
      editRules(folded, [{ op: 'disable', at: 0 }]),
      'rules:\n# sluice:disabled - DOMAIN,a.test, DIRECT\n- MATCH,DIRECT\n',
    );
  });
});

describe('in brackets', () => {
  test('rules come and go with their commas', () => {
    const text = "rules: ['MATCH,a', 'MATCH,b']\n";
    assert.equal(
      editRules(text, [{ op: 'insert', rule: 'MATCH,c', at: 1 }]),
      "rules: ['MATCH,a', 'MATCH,c', 'MATCH,b']\n",
    );
    assert.equal(editRules(text, [{ op: 'remove', at: 0 }]), "rules: ['MATCH,b']\n");
    assert.equal(editRules(text, [{ op: 'remove', at: 1 }]), "rules: ['MATCH,a']\n");
    assert.equal(
      editRules(text, [
        { op: 'remove', at: 0 },
        { op: 'remove', at: 0 },
      ]),
      'rules: []\n',
    );
  });

  test('a disabled rule gets a line of its own', () => {
    assert.equal(
      editRules("rules: ['MATCH,a', 'MATCH,b']\n", [{ op: 'disable', at: 0 }]),
      "rules: [\n  # sluice:disabled - 'MATCH,a'\n  'MATCH,b']\n",
    );
  });

  test('JSON stays JSON', () => {
    const text = '{"rules":["MATCH,a","MATCH,b"],"mode":"rule"}';
    const edited = editRules(text, [
      { op: 'insert', rule: 'DOMAIN-REGEX,^"a"$,b', at: 0 },
      { op: 'move', from: 2, to: 0 },
    ]);
    assert.deepEqual(JSON.parse(edited), {
      rules: ['MATCH,b', 'DOMAIN-REGEX,^"a"$,b', 'MATCH,a'],
      mode: 'rule',
    });
  });
});

describe('where there is no list', () => {
  for (const [text, expected] of [
    ['', 'rules:\n  - MATCH,a\n'],
    ['# nothing yet\n', '# nothing yet\nrules:\n  - MATCH,a\n'],
    ['mode: rule', 'mode: rule\nrules:\n  - MATCH,a'],
    ['mode: rule\n...\n', 'mode: rule\nrules:\n  - MATCH,a\n...\n'],
    ['rules:\nmode: rule\n', 'rules:\n  - MATCH,a\nmode: rule\n'],
    [
      'rules: # none\n# about modes\nmode: rule\n',
      'rules: # none\n  - MATCH,a\n# about modes\nmode: rule\n',
    ],
    ['rules: null # none\n', "rules: ['MATCH,a'] # none\n"],
    ['rules: []\n', "rules: ['MATCH,a']\n"],
  ] as const) {
    test(`${JSON.stringify(text)} gets one`, () => {
      assert.equal(editRules(text, [{ op: 'insert', rule: 'MATCH,a' }]), expected);
    });
  }
});

describe('anchors', () => {
  test('a list that only the rules refer to is changed where it stands', () => {
    assert.equal(
      editRules('x-rules: &r\r\n- MATCH,a\r\nrules: *r\r\n', [{ op: 'insert', rule: 'MATCH,b' }]),
      'x-rules: &r\r\n- MATCH,a\r\n- MATCH,b\r\nrules: *r\r\n',
    );
  });

  test('a rule that is an alias is disabled as what it says', () => {
    assert.equal(
      editRules('rules:\n- &a MATCH,a\n- *a\n', [{ op: 'disable', at: 1 }]),
      'rules:\n- &a MATCH,a\n# sluice:disabled - MATCH,a\n',
    );
  });

  for (const [why, text, edit] of [
    ['another list shares', 'rules: &r\n- MATCH,a\nx: *r\n', { op: 'remove', at: 0 }],
    [
      'it is part of the sub-rules',
      'sub-rules:\n  s: &r\n  - MATCH,a\nrules: *r\n',
      { op: 'insert', rule: 'MATCH,b' },
    ],
    ['another rule refers to it', 'rules:\n- &a MATCH,a\n- *a\n', { op: 'remove', at: 0 }],
    [
      'it would come before what it refers to',
      'rules:\n- &a MATCH,a\n- *a\n',
      { op: 'move', from: 1, to: 0 },
    ],
    ['something outside refers to it', 'rules:\n- &a MATCH,a\nx: *a\n', { op: 'remove', at: 0 }],
    [
      'it may come from a merge key',
      'b: &b {rules: [MATCH]}\n<<: *b\n',
      { op: 'insert', rule: 'MATCH,b' },
    ],
  ] as const) {
    test(`a change is refused where ${why}`, () => {
      assert.throws(() => editRules(text, [edit]), { code: 'ERR_EDIT_LAYOUT' });
    });
  }
});

describe('what makes no sense is refused', () => {
  for (const [text, edit, code] of [
    [BLOCK, { op: 'remove', at: 3 }, 'ERR_EDIT_POSITION'],
    [BLOCK, { op: 'move', from: 0, to: 3 }, 'ERR_EDIT_POSITION'],
    [BLOCK, { op: 'insert', rule: 'MATCH,a', at: 4 }, 'ERR_EDIT_POSITION'],
    [BLOCK, { op: 'remove', at: 0, rule: 'MATCH,DIRECT' }, 'ERR_EDIT_POSITION'],
    [BLOCK, { op: 'enable', at: 0 }, 'ERR_EDIT_POSITION'],
    [BLOCK, { op: 'disable', at: 1 }, 'ERR_EDIT_POSITION'],
    [BLOCK, { op: 'insert', rule: '' }, 'ERR_EDIT_RULE'],
    [BLOCK, { op: 'insert', rule: 'MATCH,a\n- MATCH,b' }, 'ERR_EDIT_RULE'],
    [BLOCK, { op: 'insert', rule: 'MATCH,\u0000' }, 'ERR_EDIT_RULE'],
    [BLOCK, { op: 'insert', rule: `MATCH,${'a'.repeat(5000)}` }, 'ERR_EDIT_RULE'],
    ['rules: [', { op: 'remove', at: 0 }, 'ERR_EDIT_SYNTAX'],
    ['rules: []\n---\nrules: []\n', { op: 'insert', rule: 'MATCH,a' }, 'ERR_EDIT_SYNTAX'],
    ['- MATCH\n', { op: 'insert', rule: 'MATCH,a' }, 'ERR_EDIT_LAYOUT'],
    ['rules: {a: b}\n', { op: 'insert', rule: 'MATCH,a' }, 'ERR_EDIT_LAYOUT'],
    ['rules: [MATCH]\nrules: []\n', { op: 'remove', at: 0 }, 'ERR_EDIT_LAYOUT'],
    ['{mode: rule}', { op: 'insert', rule: 'MATCH,a' }, 'ERR_EDIT_LAYOUT'],
    ['? rules\n: - MATCH\n', { op: 'remove', at: 0 }, 'ERR_EDIT_LAYOUT'],
  ] as const) {
    test(`${JSON.stringify(edit)} in ${JSON.stringify(text.slice(0, 30))}`, () => {
      assert.throws(() => editRules(text, [edit]), { code });
    });
  }

  test('and what came before it in the same request is not made, either', () => {
    const edits: RuleEdit[] = [
      { op: 'remove', at: 0 },
      { op: 'remove', at: 9 },
    ];
    assert.throws(() => editRules(BLOCK, edits), { code: 'ERR_EDIT_POSITION' });
  });

  test('any text at all is edited as it says or refused', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            'rules:',
            ' ',
            '\n',
            '- ',
            '[',
            ']',
            ',',
            '#',
            "'",
            'a',
            '&r ',
            '*r',
            '>-',
            '~',
            '{',
            '}',
            ': ',
            '\t',
            '? ',
          ),
          { maxLength: 25 },
        ),
        ruleText,
        (pieces, rule) => {
          const text = pieces.join('');
          try {
            const items = itemsOf(text);
            const edited = editRules(text, [{ op: 'insert', rule, at: 0 }]);
            assert.deepEqual(itemsOf(edited), [{ enabled: true, text: rule }, ...items]);
          } catch (error) {
            assert.match(String((error as { code?: string }).code), /^ERR_EDIT_/);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
