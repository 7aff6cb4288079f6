/** `sluice rules`: the rules of the running configuration's file, and changes of them. */
import { parseArgs } from 'node:util';
import type { ConfigText, FileRule, RuleEdit } from '../../api/edit.ts';
import { endpoints } from '../../api/endpoints.ts';
import { SluiceError } from '../../api/errors.ts';
import { showApplied } from '../applied.ts';
import { EXIT_OK, UsageError } from '../command.ts';
import type { Command, Terminal } from '../command.ts';
import { formatTable, printable } from '../format.ts';
import { assertArguments, controlClient, toJson } from '../options.ts';
import { caseFilePath } from '../../rule-tests/case-file.ts';
import { testRules } from '../test-rules.ts';

const ACTIONS = ['list', 'add', 'remove', 'move', 'disable', 'enable'] as const;
type Action = (typeof ACTIONS)[number];

export const command: Command = {
  help: [
    'Usage: sluice rules [list] [--json]',
    '       sluice rules add RULE [--at N]',
    '       sluice rules remove|disable|enable WHICH',
    '       sluice rules move WHICH N',
    '       sluice rules test [CASES.yaml] [-c FILE] [--json]',
    '',
    'Changes the file of the running Sluice and applies it. Comments and layout stay as they',
    'are. A disabled rule stays in its place as a comment. "sluice history undo" takes the',
    'last change back.',
    '',
    'WHICH is the number that the list shows, from 1, or the whole text of a rule.',
    '',
    '"test" runs a table of expectations against the running Sluice, or with -c against a',
    'file, and fails like a test runner. Without CASES.yaml it is the table beside the',
    'configuration (sluice.cases.yaml of sluice.yaml), which the Rules page keeps. Each case',
    'says what a flow is like, and where it should go:',
    '  - { host: www.example.com, port: 443, target: office }',
    '  - { host: a.test, address: 192.0.2.1, network: udp, zone: wsl, rule: "MATCH,DIRECT" }',
    'A case may say host, address (what the name leads to), port, network, source, source-port,',
    'zone, process, process-path, uid, dscp, in-type, in-name, in-user, in-port; it must say',
    'target (what the rule names, or any name on the way), rule (its text), or both.',
    '',
    'Options:',
    '  -c, --config FILE   for test: go by this file, whether or not Sluice runs',
    '  --at N   the number that the new rule will have; without it, it comes last, but',
    '           before a final MATCH',
    '  --json   the list, or what was done, as JSON',
    '',
    'Exit code: 0 when it was applied, or every case passed; else 1.',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        at: { type: 'string' },
        config: { type: 'string', short: 'c' },
        json: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    const [name = 'list', ...rest] = positionals;
    if (name === 'test') {
      if (rest.length > 0) assertArguments(rest, ['CASES.yaml']);
      const file = rest[0] ?? (await casesBeside(values.config));
      return testRules(file, values.config, values.json, terminal);
    }
    if (values.config !== undefined) throw new UsageError('-c is for test.');
    const action = ACTIONS.find((known) => known === name);
    if (action === undefined) {
      throw new UsageError(`"${name}" is none of ${ACTIONS.join(', ')}, test.`);
    }
    if (values.at !== undefined && action !== 'add') throw new UsageError('--at is for add.');
    const config = await controlClient().call(endpoints.configText);
    if (action === 'list') {
      assertArguments(rest, []);
      return list(config, values.json, terminal);
    }
    const edit = editOf(action, rest, values.at, config.rules);
    const body = { edits: [edit], hash: config.hash, author: 'cli' as const };
    const done = await controlClient().call(endpoints.editRules, { body });
    return showApplied(done.result, terminal, values.json ? done : null);
  },
};

function list({ rules, notEditable }: ConfigText, json: boolean, terminal: Terminal): number {
  if (notEditable !== null) throw new SluiceError('ERR_EDIT_LAYOUT', notEditable);
  if (json) terminal.out(toJson(rules));
  else if (rules.length === 0) terminal.out('The file has no rules.\n');
  else {
    const rows = rules.map(({ enabled, text, line }, index) => [
      `${index + 1}`,
      `${line}`,
      printable(`${text ?? '(no text)'}${enabled ? '' : '  (disabled)'}`),
    ]);
    terminal.out(formatTable([['#', 'LINE', 'RULE'], ...rows]));
  }
  return EXIT_OK;
}

/** The table that is kept beside a configuration file, or beside that of the running Sluice. */
async function casesBeside(config: string | undefined): Promise<string> {
  if (config !== undefined) return caseFilePath(config);
  return (await controlClient().call(endpoints.ruleCases)).path;
}

function editOf(
  action: Exclude<Action, 'list'>,
  rest: readonly string[],
  at: string | undefined,
  rules: readonly FileRule[],
): RuleEdit {
  const [first = '', second = ''] = rest;
  if (action === 'add') {
    assertArguments(rest, ['RULE']);
    const place = at === undefined ? placeAtEnd(rules) : numberedAt(at);
    return { op: 'insert', rule: first, at: place };
  }
  assertArguments(rest, action === 'move' ? ['WHICH', 'N'] : ['WHICH']);
  const from = indexOf(first, rules);
  const text = rules[from]?.text ?? null;
  const expected = text === null ? {} : { rule: text };
  if (action === 'move') return { op: 'move', from, to: numberedAt(second), ...expected };
  return { op: action, at: from, ...expected };
}

/** Behind a final MATCH nothing would ever be reached. */
function placeAtEnd(rules: readonly FileRule[]): number {
  const last = rules.findLastIndex(({ enabled }) => enabled);
  return rules[last]?.text?.startsWith('MATCH,') === true ? last : rules.length;
}

function indexOf(which: string, rules: readonly FileRule[]): number {
  if (/^\d{1,8}$/.test(which)) return numberedAt(which);
  const found = rules.flatMap(({ text }, index) => (text === which ? [index] : []));
  const [index, second] = found;
  if (index === undefined) throw new UsageError(`No rule says "${which}".`);
  if (second !== undefined) {
    throw new UsageError(
      `Rules ${found.map((at) => at + 1).join(', ')} all say "${which}": name one by its number.`,
    );
  }
  return index;
}

/** The place of the rule that people call by this number. */
function numberedAt(text: string): number {
  if (!/^[1-9]\d{0,7}$/.test(text)) throw new UsageError(`"${text}" is not the number of a rule.`);
  return Number(text) - 1;
}
