/** Cases as people paste them, a line each: `host[:port] TARGET`, with `process=curl` and the like in between. Pure. */
import type { ExplainRequest } from '../../../../core/api/explain.ts';
import { ZONES } from '../../../../core/api/flows.ts';
import type { RuleCase } from '../../../../core/api/rule-tests.ts';
import { parseDestination } from '../parse-destination.ts';

export interface ParsedCases {
  readonly cases: readonly RuleCase[];
  /** Lines, from 1, that are none. */
  readonly wrong: readonly number[];
}

const FIELDS = ['process', 'zone', 'source', 'address'] as const;

/** Whether a text is YAML, as `sluice rules test` reads it, and not lines. */
export function isYaml(text: string): boolean {
  return /^\s*(?:#.*\s*)*(?:cases\s*:|-\s)/.test(text);
}

export function parseCases(text: string): ParsedCases {
  const cases: RuleCase[] = [];
  const wrong: number[] = [];
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    const plain = line.replace(/(?:^|\s)#.*$/, '').trim();
    if (plain === '') continue;
    const found = parseLine(plain);
    if (found === null) wrong.push(index + 1);
    else cases.push(found);
  }
  return { cases, wrong };
}

function parseLine(line: string): RuleCase | null {
  const [first = '', ...rest] = line.split(/\s*(?:->|=>|→)\s*|\s*[,;\t]\s*|\s+/).filter(Boolean);
  const destination = parseDestination(first);
  if (destination === null) return null;
  const { port } = destination;
  if (port !== undefined && (port < 1 || port > 65_535)) return null;
  let request: ExplainRequest = { ...destination };
  const target: string[] = [];
  for (const word of rest) {
    const more = target.length === 0 ? fieldOf(word) : null;
    if (more === null) target.push(word);
    else request = { ...request, ...more };
  }
  return target.length === 0 ? null : { request, target: target.join(' '), rule: '' };
}

/** Null where the word is part of the target. */
function fieldOf(word: string): Partial<ExplainRequest> | null {
  if (word === 'tcp' || word === 'udp') return { network: word };
  const [name = '', value = ''] = word.split(/=(.*)/s);
  const field = FIELDS.find((one) => one === name);
  if (field === undefined || value === '') return null;
  if (field !== 'zone') return { [field]: value };
  const zone = ZONES.find((one) => one === value);
  return zone === undefined ? null : { zone };
}
