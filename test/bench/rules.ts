/**
 * How fast lists load and decisions fall, in this process and without a network: the public lists of
 * ../shared/data, a generated million of names, and rules as people write them. Beside it, in the
 * same run, an engine made of plain Maps and one that walks the list.
 */
import { existsSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { compileInSteps, compileRules } from '../../rules/compile.ts';
import type { CompiledRules } from '../../rules/compiled-rules.ts';
import { evaluate } from '../../rules/evaluate.ts';
import { TUN_INBOUND } from '../../rules/flow-facts.ts';
import type { FlowFacts } from '../../rules/flow-facts.ts';
import { parseIp } from '../../rules/ip.ts';
import { runAtOnce } from '../../rules/pace.ts';
import { parseRule } from '../../rules/parse-rule.ts';
import type { Rule } from '../../rules/rule.ts';
import { EMPTY_CONTEXT } from '../../rules/rule-set.ts';
import type { RuleContext, RuleSet, RuleSetSlot } from '../../rules/rule-set.ts';
import { ClassicalSetBuilder } from '../../rules/sets/classical-set.ts';
import { DomainSetBuilder } from '../../rules/sets/domain-set.ts';
import type { DomainSet } from '../../rules/sets/domain-set.ts';
import { PrefixSetBuilder } from '../../rules/sets/prefix-set.ts';
import { YES } from '../../rules/verdict.ts';

const data = new URL('../../../shared/data/rules/', import.meta.url);
const MILLION = 1_000_000;
/** Decisions in one reading, so that the clock costs nothing beside them. */
const BATCH = 16;

type Print = (line: string) => void;

/** Prints one figure a line. */
export async function benchRules(print: Print): Promise<void> {
  loadMillion(print);
  if (existsSync(data)) realLists(print);
  else print('the public lists: skipped, ../shared/data is not here');
  await mixedRules(print);
}

/** Deterministic, so that two runs are about the same. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223;
    return (state >>> 0) / 2 ** 32;
  };
}

function makeName(random: () => number): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
  let label = '';
  for (let left = 4 + Math.floor(random() * 9); left > 0; left--) {
    label += letters[Math.floor(random() * letters.length)];
  }
  const ends = ['com', 'net', 'org', 'co.uk', 'com.cn', 'io'];
  const name = `${label}x.${ends[Math.floor(random() * ends.length)]}`;
  // In one piece, as a string is that comes from a file: its memory is not to be counted later.
  return Buffer.from(name).toString('latin1');
}

function loadMillion(print: Print): void {
  const random = randomNumbers(1);
  const { lines, text } = millionLines(random);
  const before = usedMemory();
  const started = performance.now();
  const set = readDomainList(text, MILLION);
  const seconds = (performance.now() - started) / 1000;
  const used = usedMemory() - before;
  print(
    `load ${MILLION} names from YAML lines: ${seconds.toFixed(2)} s, ${megabytes(used)} MB kept`,
  );
  const names = pick(lines, random, 4096).map((line) => line.replace('+.', 'www.'));
  print(`look up in them: ${summary(names, (name) => set.hasDomain(name))}`);

  const beforeMap = usedMemory();
  const startedMap = performance.now();
  const map = new MapEngine();
  readLines(text, (entry) => map.addDomain(entry, 0));
  const secondsMap = (performance.now() - startedMap) / 1000;
  const usedMap = usedMemory() - beforeMap;
  print(
    `  plain Maps: ${secondsMap.toFixed(2)} s, ${megabytes(usedMap)} MB kept and the text;` +
      ` time ${ratio(seconds, secondsMap)} theirs, memory ${ratio(used, usedMap + text.length)} theirs`,
  );
  print(`  look up in them: ${summary(names, (name) => map.domain(name) >= 0)}`);
}

function millionLines(random: () => number): { lines: string[]; text: string } {
  const lines = Array.from({ length: MILLION }, (_, n) => {
    return (n % 2 === 0 ? '+.' : '') + makeName(random);
  });
  const yaml = `payload:\n${lines.map((line) => `  - '${line}'\n`).join('')}`;
  // In one piece, as a string is that comes from a file: its memory is not to be counted later.
  return { lines, text: Buffer.from(yaml).toString('latin1') };
}

function readDomainList(text: string, expected: number): DomainSet {
  const builder = new DomainSetBuilder(expected);
  readLines(text, (entry, line) => builder.add(entry, line));
  return runAtOnce(builder.build());
}

/** Reads as the providers do, but for their checks of the file. */
function readLines(text: string, take: (entry: string, line: number) => void): void {
  let number = 0;
  for (let start = 0; start < text.length;) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    number++;
    if (text.startsWith("  - '", start)) take(text.slice(start + 5, end - 1), number);
    start = end + 1;
  }
}

function payload(file: string): string[] {
  const text = readFileSync(new URL(file, data), 'utf8');
  return Array.from(text.matchAll(/^ {2}- '?([^'\n]+)'?$/gm), (match) => match[1] ?? '');
}

function realLists(print: Print): void {
  const slots = new Map<string, RuleSetSlot>();
  const context: RuleContext = { ...EMPTY_CONTEXT, ruleSets: slots };
  const lists = {
    applications: 'classical',
    private: 'domain',
    direct: 'domain',
    gfw: 'domain',
    proxy: 'domain',
    lancidr: 'ipcidr',
    cncidr: 'ipcidr',
    telegramcidr: 'ipcidr',
  } as const;
  const started = performance.now();
  let entries = 0;
  for (const [name, behavior] of Object.entries(lists)) {
    const current = buildSet(behavior, payload(`${name}.txt`), context);
    entries += current.size;
    slots.set(name, { name, current });
  }
  const milliseconds = performance.now() - started;
  print(`load the ${slots.size} public lists: ${entries} entries, ${milliseconds.toFixed(0)} ms`);
  const rules = rulesOf([...[...slots.keys()].map((name) => `RULE-SET,${name},P`), 'MATCH,P']);
  const compiled = compileRules({ rules, subRules: new Map() }, context);
  const map = new MapEngine();
  for (const file of ['private', 'direct', 'gfw', 'proxy']) {
    for (const entry of payload(`${file}.txt`)) map.addDomain(entry, 0);
  }
  const random = randomNumbers(2);
  const listed = [...payload('direct.txt'), ...payload('proxy.txt')];
  const hits = pick(listed, random, 2048).map((entry) => `www.${entry.replace('+.', '')}`);
  const misses = Array.from({ length: 2048 }, () => `www.${makeName(random)}`);
  const named = [...hits, ...misses].map((domain) => factsOf({ domain }));
  shuffle(named, random);
  print(`decide a name against all of them: ${summary(named, (facts) => compiled.match(facts))}`);
  const asMaps = summary(named, (facts) => map.domain(facts.domain ?? ''));
  print(`  plain Maps, the names alone: ${asMaps}`);
  const prefixes = payload('cncidr.txt').filter((entry) => !entry.includes(':'));
  const addresses = [
    ...pick(prefixes, random, 2048).map((entry) => entry.replace(/\/.*/, '')),
    ...Array.from({ length: 2048 }, () =>
      [0, 0, 0, 0].map(() => 1 + Math.floor(random() * 223)).join('.'),
    ),
  ];
  const numbered = addresses.map((address) => factsOf({ domain: null, dstIp: parseIp(address) }));
  shuffle(numbered, random);
  print(
    `decide an address against all of them: ${summary(numbered, (facts) => compiled.match(facts))}`,
  );
  const walked = pick(numbered, random, 64);
  const walk = prefixes.map((entry) => rulesOf([`IP-CIDR,${entry},P`])[0]);
  const naive = summary(walked, (facts) =>
    walk.findIndex(
      (rule) => rule !== undefined && evaluate(rule.condition, facts, context) === YES,
    ),
  );
  print(`  a walk through cncidr alone: ${naive}`);
}

function buildSet(
  behavior: 'domain' | 'ipcidr' | 'classical',
  entries: readonly string[],
  context: RuleContext,
): RuleSet {
  if (behavior === 'domain') {
    const builder = new DomainSetBuilder(entries.length);
    entries.forEach((entry, index) => builder.add(entry, index + 2));
    return runAtOnce(builder.build());
  }
  const builder = behavior === 'ipcidr' ? new PrefixSetBuilder() : new ClassicalSetBuilder(context);
  entries.forEach((entry, index) => builder.add(entry, index + 2));
  return runAtOnce<RuleSet>(builder.build());
}

/** Ten rules against ten thousand of the same kinds, logic among them. */
async function mixedRules(print: Print): Promise<void> {
  const random = randomNumbers(3);
  const few = rulesOf([...Array.from({ length: 10 }, (_, n) => mixedRule(n, random)), 'MATCH,P']);
  const lines = Array.from({ length: 10_000 }, (_, n) => mixedRule(n, random));
  const many = rulesOf([...lines, 'MATCH,P']);
  const flows = Array.from({ length: 2048 }, () =>
    factsOf({
      domain: `www.${makeName(random)}`,
      dstIp: parseIp([0, 0, 0, 0].map(() => 1 + Math.floor(random() * 223)).join('.')),
      dstPort: [80, 443, 53, 8080][Math.floor(random() * 4)] ?? 443,
      network: random() < 0.3 ? 'udp' : 'tcp',
      process: { name: 'firefox', path: '/usr/lib/firefox/firefox', uid: 1000 },
    }),
  );
  const small = compileRules({ rules: few, subRules: new Map() });
  let longest = 0;
  let since = performance.now();
  const started = since;
  const pause = async (): Promise<void> => {
    longest = Math.max(longest, performance.now() - since);
    await setImmediate();
    since = performance.now();
  };
  const large = await compileInSteps({ rules: many, subRules: new Map() }, EMPTY_CONTEXT, pause);
  longest = Math.max(longest, performance.now() - since);
  const total = performance.now() - started;
  print(
    `compile 10,000 mixed rules: ${total.toFixed(0)} ms, at most ${longest.toFixed(1)} ms at a stretch`,
  );
  const [ten, tenThousand] = [measure(flows, small), measure(flows, large)];
  print(`decide by 10 mixed rules: ${format(ten)}`);
  print(
    `decide by 10,000 mixed rules: ${format(tenThousand)}; p50 ${ratio(tenThousand.p50, ten.p50)} that of 10`,
  );
  const walked = readings(flows.slice(0, 16), (facts) =>
    many.findIndex(({ condition }) => evaluate(condition, facts, EMPTY_CONTEXT) === YES),
  );
  print(
    `  a walk through them: ${format(walked)}; ${(walked.p50 / tenThousand.p50).toFixed(0)} times ours`,
  );
}

function mixedRule(n: number, random: () => number): string {
  const name = makeName(random);
  const octets = [10 + (n % 180), n % 251, Math.floor(random() * 256)];
  const network = `${octets.join('.')}.0/24`;
  const forms = [
    `DOMAIN-SUFFIX,${name},P`,
    `DOMAIN,www.${name},P`,
    `DOMAIN-KEYWORD,${name.slice(0, 7)}${n},P`,
    `IP-CIDR,${network},P,no-resolve`,
    `AND,((DOMAIN-SUFFIX,${name}),(NETWORK,udp)),P`,
    `DST-PORT,${20_000 + (n % 9000)},P`,
    `OR,((DOMAIN,a${n}.example),(IP-CIDR,${network},no-resolve)),P`,
    `AND,((DST-PORT,443),(NOT,((NETWORK,tcp))),(IP-CIDR,${network},no-resolve)),P`,
    n % 100 === 8 ? `DOMAIN-REGEX,^ad[0-9]+\\.host${n}\\.,P` : `DOMAIN-WILDCARD,*.cdn${n}.*.test,P`,
    `PROCESS-NAME,tool${n},P`,
  ];
  return forms[n % forms.length] ?? '';
}

function rulesOf(lines: readonly string[]): Rule[] {
  return lines.map((line, index) => {
    const { rule } = parseRule(line, { line: index + 1, column: 1 });
    if (rule === null) throw new Error(`not a rule: ${line}`);
    return rule;
  });
}

function factsOf(changes: Partial<FlowFacts>): FlowFacts {
  return {
    network: 'tcp',
    srcIp: parseIp('192.0.2.1') ?? { family: 4, w0: 0, w1: 0, w2: 0, w3: 0 },
    srcPort: 40_000,
    dstIp: null,
    dstPort: 443,
    domain: null,
    dstIpResolved: false,
    zone: 'host',
    dscp: 0,
    inbound: TUN_INBOUND,
    process: null,
    ...changes,
  };
}

/** What people write first: names in Maps, suffixes by cutting them off. */
class MapEngine {
  readonly #exact = new Map<string, number>();
  readonly #suffix = new Map<string, number>();

  addDomain(entry: string, rule: number): void {
    if (entry.startsWith('+.')) this.#suffix.set(entry.slice(2), rule);
    else this.#exact.set(entry, rule);
  }

  domain(name: string): number {
    const exact = this.#exact.get(name) ?? this.#suffix.get(name);
    if (exact !== undefined) return exact;
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      const found = this.#suffix.get(name.slice(dot + 1));
      if (found !== undefined) return found;
    }
    return -1;
  }
}

interface Figures {
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
}

function measure(flows: readonly FlowFacts[], rules: CompiledRules): Figures {
  return readings(flows, (facts) => rules.match(facts));
}

/** Nanoseconds of one call: batches of different inputs, so that neither clock nor cache flatter it. */
function readings<T>(inputs: readonly T[], call: (input: T) => unknown): Figures {
  const times: number[] = [];
  let kept: unknown;
  for (let round = 0; round < 40; round++) {
    for (let at = 0; at + BATCH <= inputs.length; at += BATCH) {
      const started = performance.now();
      for (let index = at; index < at + BATCH; index++) kept = call(inputs[index] as T);
      const each = ((performance.now() - started) * 1e6) / BATCH;
      // The first rounds are for the compiler.
      if (round >= 10) times.push(each);
    }
  }
  if (kept === inputs) throw new Error('a call that gives its inputs back');
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? NaN;
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  return { mean, p50: at(0.5), p99: at(0.99) };
}

function summary<T>(inputs: readonly T[], call: (input: T) => unknown): string {
  return format(readings(inputs, call));
}

function format({ mean, p50, p99 }: Figures): string {
  return `p50 ${p50.toFixed(0)} ns, p99 ${p99.toFixed(0)} ns, mean ${mean.toFixed(0)} ns`;
}

function pick<T>(items: readonly T[], random: () => number, count: number): T[] {
  return Array.from({ length: count }, () => items[Math.floor(random() * items.length)] as T);
}

function shuffle(items: unknown[], random: () => number): void {
  for (let index = items.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    [items[index], items[other]] = [items[other], items[index]];
  }
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function usedMemory(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function ratio(a: number, b: number): string {
  return `${(a / b).toFixed(2)} of`;
}
