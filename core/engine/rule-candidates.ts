/**
 * What a rule for some flows could compare, from one host to a whole zone. Each candidate is read
 * back by the rule language and asked about its flow: what cannot be written as a rule (a program whose
 * name has a comma in it) is not offered. Pure.
 */
import type { CandidateKind, RuleCandidate } from '../api/rule-preview.ts';
import { siteOf } from '../groups/site.ts';
import { evaluate } from '../../rules/evaluate.ts';
import type { FlowFacts } from '../../rules/flow-facts.ts';
import { formatIp } from '../../rules/ip.ts';
import type { Ip } from '../../rules/ip.ts';
import type { Steps } from '../../rules/pace.ts';
import { parseRule } from '../../rules/parse-rule.ts';
import type { RuleContext } from '../../rules/rule-set.ts';
import type { Condition } from '../../rules/rule.ts';
import { YES } from '../../rules/verdict.ts';

/** In the order in which they are offered. */
const KINDS: readonly CandidateKind[] = [
  ...(['domain', 'site', 'parent', 'address', 'network', 'process', 'path'] as const),
  ...(['process-site', 'process-address', 'zone-site', 'process-port'] as const),
  ...(['port', 'transport-port', 'source', 'zone'] as const),
];

/** A list that nobody reads is of no use. */
const MAX_CANDIDATES = 40;

/** Flows whose candidates are tried on all: what matches most of many flows is found with any few of them. */
const MAX_MODELS = 25;

/** Most are for one flow; of several, those that match all of them come first. */
export function* candidatesFor(
  flows: readonly FlowFacts[],
  context: RuleContext,
): Steps<RuleCandidate[]> {
  const found = new Map<string, RuleCandidate>();
  const stride = Math.max(1, Math.floor(flows.length / MAX_MODELS));
  for (let n = 0; n < flows.length; n += stride) {
    const facts = flows[n];
    if (facts === undefined) continue;
    for (const candidate of candidatesOf(facts)) {
      yield;
      const key = `${candidate.condition},${candidate.flags}`;
      const read = found.has(key) ? null : readBack(candidate);
      if (read === null || evaluate(read, facts, context) !== YES) continue;
      const matches = flows.filter((other) => evaluate(read, other, context) === YES).length;
      found.set(key, { ...candidate, matches });
    }
  }
  return [...found.values()]
    .sort((a, b) => b.matches - a.matches || KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind))
    .slice(0, MAX_CANDIDATES);
}

type Candidate = Omit<RuleCandidate, 'matches'>;

function candidatesOf(facts: FlowFacts): Candidate[] {
  const { domain, process, zone, dstPort, network, srcIp } = facts;
  const found: Candidate[] = [];
  const add = (kind: CandidateKind, condition: string, flags = ''): void => {
    found.push({ kind, condition, flags });
  };
  const site = typeof domain === 'string' ? siteOf(domain) : null;
  if (typeof domain === 'string') add('domain', `DOMAIN,${domain}`);
  if (site !== null) {
    add('site', `DOMAIN-SUFFIX,${site}`);
    const parent = domain?.slice(domain.indexOf('.') + 1) ?? '';
    if (parent.length > site.length) add('parent', `DOMAIN-SUFFIX,${parent}`);
  }
  const addresses = addressesOf(facts);
  for (const [kind, clause] of addresses)
    add(kind, clause, facts.dstIpResolved ? '' : 'no-resolve');
  if (process != null && process.name !== '') {
    const clause = `PROCESS-NAME,${process.name}`;
    add('process', clause);
    if (process.path !== '') add('path', `PROCESS-PATH,${process.path}`);
    if (site !== null) add('process-site', both(clause, `DOMAIN-SUFFIX,${site}`));
    else if (addresses[0] !== undefined) {
      add('process-address', both(clause, `${addresses[0][1]},no-resolve`));
    }
    add('process-port', both(clause, `DST-PORT,${dstPort}`));
  }
  add('port', `DST-PORT,${dstPort}`);
  add('transport-port', both(`NETWORK,${network}`, `DST-PORT,${dstPort}`));
  if (zone !== 'host') {
    add('zone', `ZONE,${zone}`);
    add('source', `SRC-IP-CIDR,${formatIp(srcIp)}/${bitsOf(srcIp)}`);
    if (site !== null) add('zone-site', both(`ZONE,${zone}`, `DOMAIN-SUFFIX,${site}`));
  }
  return found;
}

/** A made-up address is none. */
function addressesOf({ dstIp }: FlowFacts): [CandidateKind, string][] {
  if (dstIp == null) return [];
  const text = formatIp(dstIp);
  const type = dstIp.family === 4 ? 'IP-CIDR' : 'IP-CIDR6';
  return [
    ['address', `${type},${text}/${bitsOf(dstIp)}`],
    ['network', `${type},${networkOf(dstIp)}`],
  ];
}

/** The /24 of an IPv4 address, the /64 of an IPv6 one. */
function networkOf(ip: Ip): string {
  if (ip.family === 4) return `${formatIp({ ...ip, w0: ip.w0 & 0xffff_ff00 })}/24`;
  return `${formatIp({ ...ip, w2: 0, w3: 0 })}/64`;
}

function bitsOf({ family }: Ip): number {
  return family === 4 ? 32 : 128;
}

function both(one: string, other: string): string {
  return `AND,((${one}),(${other}))`;
}

/** Null where the text would not be read as it was meant. */
function readBack({ condition, flags }: Candidate): Condition | null {
  const text = `${condition},DIRECT${flags === '' ? '' : `,${flags}`}`;
  const { rule } = parseRule(text, { line: 0, column: 0 });
  return rule?.target === 'DIRECT' ? rule.condition : null;
}
