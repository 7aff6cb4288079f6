/** Writes a table of expectations as `readRuleCases` reads it: one case a line. Pure. */
import type { ExplainRequest } from '../api/explain.ts';
import type { RuleCase } from '../api/rule-tests.ts';

const HEADING = [
  '# What the rules are expected to do. "sluice rules test" runs this table, and so does the Rules',
  '# page of the interface, which rewrites it: it keeps no comments.',
].join('\n');

/** In this order in the file. */
const KEYS: readonly (readonly [key: string, field: keyof ExplainRequest])[] = [
  ['host', 'host'],
  ['address', 'address'],
  ['port', 'port'],
  ['network', 'network'],
  ['source', 'source'],
  ['source-port', 'sourcePort'],
  ['zone', 'zone'],
  ['process', 'process'],
  ['process-path', 'processPath'],
  ['uid', 'uid'],
  ['dscp', 'dscp'],
  ['in-type', 'inType'],
  ['in-name', 'inName'],
  ['in-user', 'inUser'],
  ['in-port', 'inPort'],
];

export function writeRuleCases(cases: readonly RuleCase[]): string {
  if (cases.length === 0) return `${HEADING}\ncases: []\n`;
  return `${HEADING}\ncases:\n${cases.map(lineOf).join('')}`;
}

function lineOf({ request, target, rule }: RuleCase): string {
  const fields = KEYS.flatMap(([key, field]) => {
    const value = request[field];
    return value === undefined ? [] : [`${key}: ${scalar(value)}`];
  });
  if (target !== '') fields.push(`target: ${scalar(target)}`);
  if (rule !== '') fields.push(`rule: ${scalar(rule)}`);
  return `  - { ${fields.join(', ')} }\n`;
}

/** Plain where YAML reads it as the same text whatever it is taken for; JSON's strings are YAML's. */
function scalar(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const isPlain = /^[A-Za-z][A-Za-z0-9.-]*$/.test(value) && !/^null$/i.test(value);
  return isPlain ? value : JSON.stringify(value);
}
