/** Reads a table of expectations for `sluice rules test`: a list, or a map with the key `cases`. */
import { parseExplainRequest } from '../api/explain.ts';
import type { RuleCase } from '../api/rule-tests.ts';
import type { Problem } from '../config/config.ts';
import {
  choice,
  integer,
  list,
  map,
  optional,
  readSection,
  required,
  text,
} from '../config/fields.ts';
import { LineIndex } from '../config/line-index.ts';
import { Problems } from '../config/problems.ts';
import { readYaml } from '../config/read-yaml.ts';
import type { MapValue, Value } from '../config/value.ts';
import type { Position } from '../../rules/rule.ts';

/** A case and where it stands in its file. */
export interface PlacedCase extends RuleCase {
  readonly position: Position;
}

const LONGEST = 4096;

const caseSection = {
  used: {
    host: required(text(1, 1024)),
    address: optional(text(1, 64), undefined),
    port: optional(integer(1, 65_535), undefined),
    network: optional(choice(['tcp', 'udp']), undefined),
    source: optional(text(1, 64), undefined),
    'source-port': optional(integer(1, 65_535), undefined),
    zone: optional(choice(['host', 'wsl', 'container', 'vm', 'lan']), undefined),
    process: optional(text(1, 255), undefined),
    'process-path': optional(text(1, LONGEST), undefined),
    uid: optional(integer(0, 0xffff_ffff), undefined),
    dscp: optional(integer(0, 63), undefined),
    'in-type': optional(text(1, 32), undefined),
    'in-name': optional(text(1, 255), undefined),
    'in-user': optional(text(1, 255), undefined),
    'in-port': optional(integer(1, 65_535), undefined),
    target: optional(text(1, LONGEST), ''),
    rule: optional(text(1, LONGEST), ''),
  },
};

/** `file` is how problems name the text. Where there are errors, there are no cases. */
export function readRuleCases(
  yaml: string,
  file: string,
): { readonly cases: readonly PlacedCase[]; readonly problems: readonly Problem[] } {
  const lines = new LineIndex(yaml);
  const problems = new Problems(file, (offset) => lines.position(offset));
  const root = readYaml(yaml, problems);
  const items = root === null ? [] : itemsOf(root, problems);
  const cases = items.flatMap((item, index) => {
    const fields = map(item, `cases[${index}]`, problems);
    const found = fields === undefined ? null : readCase(fields, index, problems);
    return found === null ? [] : [found];
  });
  if (cases.length === 0 && !problems.hasErrors) {
    problems.error('cases-none', root?.offset ?? 0, 'there is no case in the file');
  }
  return { cases: problems.hasErrors ? [] : cases, problems: problems.list() };
}

function itemsOf(root: Value, problems: Problems): readonly Value[] {
  const entry = root.kind === 'map' ? root.entries.get('cases') : undefined;
  const value = entry?.value ?? root;
  return list((item) => item)(value, 'cases', problems) ?? [];
}

function readCase(fields: MapValue, index: number, problems: Problems): PlacedCase | null {
  const name = `cases[${index}]`;
  const read = readSection(fields, name, caseSection, problems);
  if (problems.hasErrors) return null;
  if (read.target === '' && read.rule === '') {
    const message = `${name} expects nothing: it must have target, rule, or both`;
    problems.error('case-expects-nothing', fields.offset, message);
    return null;
  }
  const { host, address, port, network, source, zone, process, uid, dscp } = read;
  const given = Object.entries({
    ...{ host, address, port, network, source, zone, process, uid, dscp },
    sourcePort: read['source-port'],
    processPath: read['process-path'],
    inType: read['in-type'],
    inName: read['in-name'],
    inUser: read['in-user'],
    inPort: read['in-port'],
  }).filter(([, value]) => value !== undefined);
  const position = problems.position(fields.offset);
  try {
    const request = parseExplainRequest(Object.fromEntries(given));
    return { position, request, target: read.target, rule: read.rule };
  } catch (error) {
    problems.error('case-invalid', fields.offset, (error as Error).message);
    return null;
  }
}
