import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileInSteps, compileRules } from '../../../rules/compile.ts';
import { CompiledRules } from '../../../rules/compiled-rules.ts';
import { evaluate } from '../../../rules/evaluate.ts';
import { explain } from '../../../rules/explain.ts';
import type { FlowFacts } from '../../../rules/flow-facts.ts';
import type { Decided, Outcome } from '../../../rules/outcome.ts';
import { EMPTY_CONTEXT } from '../../../rules/rule-set.ts';
import type { RuleContext, RuleSet } from '../../../rules/rule-set.ts';
import { NO, YES } from '../../../rules/verdict.ts';
import type { World } from './naive-matcher.ts';
import { naiveMatch } from './naive-matcher.ts';
import { arbitraryProgram, arbitraryWorld } from './random-rules.ts';
import { contextOf, factsOf, firstFacts, ipOf, programOf, rulesOf } from './sample-program.ts';

function compiledOf(...lines: string[]): CompiledRules {
  return compileRules(programOf(...lines));
}

/** Finds out what is asked for, and nothing else. */
function learn(need: Exclude<Outcome, Decided>, facts: FlowFacts, world: World): FlowFacts {
  switch (need.kind) {
    case 'need-process':
      assert.equal(facts.process, undefined);
      return { ...facts, process: world.process };
    case 'need-domain':
      assert.equal(facts.domain, undefined);
      return { ...facts, domain: world.domain };
    case 'need-ip':
      assert.equal(facts.dstIp, undefined);
      return {
        ...facts,
        dstIp: world.dstIp === null ? null : ipOf(world.dstIp),
        dstIpResolved: true,
      };
  }
}

function wayOf(decided: Decided): number[] {
  if (decided.index < 0) return [];
  return [decided.index, ...(decided.sub === null ? [] : wayOf(decided.sub))];
}

test('decides as a walk through the list does, and so does explain', () => {
  fc.assert(
    fc.property(arbitraryProgram, arbitraryWorld, (program, world) => {
      const context = contextOf(program.sets);
      const compiled = compileRules(program, context);
      let facts = firstFacts(world);
      let outcome = compiled.match(facts);
      for (;;) {
        assert.deepEqual(explain(program, facts, context).outcome, outcome);
        if (outcome.kind === 'decided') break;
        facts = learn(outcome, facts, world);
        outcome = compiled.match(facts);
      }
      assert.deepEqual(wayOf(outcome), naiveMatch(program, world));
      assert.equal(compiled.match(facts), outcome, 'the same decision is the same object');
    }),
    { numRuns: 1000 },
  );
});

test('from any rule on, decides as the rest of the list does', () => {
  fc.assert(
    fc.property(arbitraryProgram, arbitraryWorld, fc.nat(25), (program, world, first) => {
      const context = contextOf(program.sets);
      const facts = { ...firstFacts(world), domain: world.domain, process: world.process };
      const dstIp = world.dstIp === null ? null : ipOf(world.dstIp);
      const known = world.ipKnown ? facts : { ...facts, dstIp };
      const outcome = compileRules(program, context).matchFrom(known, first);
      const rest = { ...program, rules: program.rules.slice(first) };
      const expected = naiveMatch(rest, { ...world, ipKnown: true });
      assert.ok(outcome.kind === 'decided');
      assert.deepEqual(
        wayOf(outcome).map((index, depth) => (depth === 0 ? index - first : index)),
        expected,
      );
    }),
  );
});

test('what is asked for decides: whatever it is, another answer leads elsewhere or asks on', () => {
  fc.assert(
    fc.property(arbitraryProgram, arbitraryWorld, (program, world) => {
      const compiled = compileRules(program, contextOf(program.sets));
      const facts = firstFacts(world);
      const outcome = compiled.match(facts);
      if (outcome.kind !== 'need-domain') return;
      // The rule that asks stands before the one that would decide without it.
      const without = compiled.match({ ...facts, domain: null });
      assert.ok(without.index < 0 || without.index >= outcome.index);
    }),
  );
});

test('after a rule that turned out to pass, decides as if it were not there', () => {
  fc.assert(
    fc.property(arbitraryProgram, arbitraryWorld, (program, world) => {
      const context = contextOf(program.sets);
      const { domain, process } = world;
      const facts = { ...firstFacts(world), domain, process };
      const compiled = compileRules(program, context);
      const first = compiled.match(facts);
      if (first.kind !== 'decided' || first.index < 0 || first.sub !== null) return;
      const rules = program.rules.map((rule, index) =>
        index === first.index ? { ...rule, condition: { kind: 'never' as const } } : rule,
      );
      const expected = compileRules({ ...program, rules }, context).match(facts);
      assert.deepEqual(compiled.matchAfter(facts, first), expected);
    }),
  );
});

test('after a rule of a list that passes, the list goes on, and then the rules after it', () => {
  const program = {
    rules: rulesOf('SUB-RULE,(NETWORK,tcp),mine', 'MATCH,Q'),
    subRules: new Map([['mine', rulesOf('DST-PORT,443,P', 'DST-PORT,400-500,R', 'DST-PORT,1,S')]]),
  };
  const compiled = compileRules(program);
  const targets: string[] = [];
  let outcome = compiled.match(factsOf());
  while (outcome.kind === 'decided' && outcome.index >= 0) {
    targets.push(outcome.target);
    outcome = compiled.matchAfter(factsOf(), outcome);
  }
  assert.deepEqual(targets, ['P', 'R', 'Q']);
});

test('compiling in steps lets others run, and comes to the same', async () => {
  const lines = Array.from({ length: 20_000 }, (_, n) =>
    n % 2 === 0 ? `DOMAIN-KEYWORD,k${n}x,P` : `AND,((DOMAIN,n${n}.com),(NETWORK,tcp)),P`,
  );
  const program = { rules: lines.flatMap((line) => rulesOf(line)), subRules: new Map() };
  let steps = 0;
  const builder = new CompiledRules(program.rules, EMPTY_CONTEXT, new Map());
  for (const _ of builder.build()) steps++;
  assert.ok(steps > 100, `${steps}`);
  const compiled = await compileInSteps(program, EMPTY_CONTEXT, () => Promise.resolve());
  const outcome = compiled.match(factsOf({ domain: 'n19999.com' }));
  assert.equal(outcome.index, 19_999);
});

/** A set that counts how often it is asked. */
function countingContext(): { context: RuleContext; asked: () => number } {
  let count = 0;
  const current: RuleSet = {
    behavior: 'classical',
    size: 1,
    test: () => {
      count++;
      return NO;
    },
    find: () => null,
    hasDomain: () => false,
    hasIp: () => false,
  };
  const context = { ...EMPTY_CONTEXT, ruleSets: new Map([['x', { name: 'x', current }]]) };
  return { context, asked: () => count };
}

for (const [what, lineOf, known] of [
  ['AND by its name', (n: number) => `AND,((RULE-SET,x),(DOMAIN-SUFFIX,n${n}.com)),P`, {}],
  [
    'OR by its members',
    (n: number) =>
      `AND,((RULE-SET,x),(OR,((DOMAIN,n${n}.com),(DST-PORT,${(n % 60_000) + 1000})))),P`,
    {},
  ],
  ['NOT of NOT', (n: number) => `AND,((RULE-SET,x),(NOT,((NOT,((PROCESS-NAME,p${n})))))),P`, {}],
  [
    'AND by its port while the name is unknown',
    (n: number) => `AND,((RULE-SET,x),(DOMAIN,n${n}.com),(DST-PORT,${n + 1000})),P`,
    { domain: undefined },
  ],
] as const) {
  test(`of ten thousand rules those that may match are asked alone: ${what}`, () => {
    const { context, asked } = countingContext();
    const rules = Array.from({ length: 10_000 }, (_, n) => lineOf(n)).flatMap((line) =>
      rulesOf(line),
    );
    const compiled = compileRules({ rules, subRules: new Map() }, context);
    compiled.match(
      factsOf({
        domain: 'n77.com',
        dstPort: 1077,
        process: { name: 'p77', path: '', uid: 0 },
        ...known,
      }),
    );
    assert.ok(asked() >= 1 && asked() <= 3, `${asked()} were asked`);
  });
}

test('a captured flow is decided without its domain when no domain rule comes first', () => {
  const compiled = compiledOf('DST-PORT,443,P', 'DOMAIN,example.com,DIRECT', 'MATCH,DIRECT');
  const outcome = compiled.match(factsOf({ domain: undefined }));
  assert.ok(outcome.kind === 'decided');
  assert.equal(outcome.target, 'P');
});

test('a domain rule before the matching rule asks for the domain', () => {
  const compiled = compiledOf('DST-PORT,80,P', 'DOMAIN-KEYWORD,x,P', 'MATCH,DIRECT');
  assert.deepEqual(compiled.match(factsOf({ domain: undefined })), {
    kind: 'need-domain',
    index: 1,
  });
});

test('a name is resolved for the first address rule that has not said no-resolve', () => {
  const compiled = compiledOf(
    'IP-CIDR,10.0.0.0/8,P,no-resolve',
    'IP-CIDR,10.0.0.0/8,Q',
    'MATCH,DIRECT',
  );
  const facts = factsOf({ domain: 'example.com', dstIp: undefined });
  assert.deepEqual(compiled.match(facts), { kind: 'need-ip', index: 1 });
  const resolved = compiled.match({ ...facts, dstIp: ipOf('10.1.1.1'), dstIpResolved: true });
  assert.ok(resolved.kind === 'decided');
  assert.equal(resolved.target, 'Q');
});

test('an IPv4-mapped destination meets IPv4 rules', () => {
  const compiled = compiledOf('IP-CIDR,10.0.0.0/8,P', 'MATCH,DIRECT');
  const outcome = compiled.match(factsOf({ dstIp: ipOf('::ffff:10.1.2.3') }));
  assert.ok(outcome.kind === 'decided');
  assert.equal(outcome.target, 'P');
});

test('without rules everything goes DIRECT', () => {
  assert.deepEqual(compiledOf().match(factsOf({ domain: undefined })), {
    kind: 'decided',
    index: -1,
    rule: null,
    target: 'DIRECT',
    sub: null,
  });
});

test('port rules that cover everything many times over are compiled at once', () => {
  const everything = Array<string>(50).fill('0-65535').join('/');
  const rules = rulesOf(...Array<string>(2000).fill(`DST-PORT,${everything},P`));
  const outcome = compileRules({ rules, subRules: new Map() }).match(factsOf());
  assert.ok(outcome.kind === 'decided');
  assert.equal(outcome.index, 0);
});

const data = new URL('../../../../shared/data/rules/', import.meta.url);
const skip = existsSync(data) ? false : 'the public rule lists (../shared/data) are not here';

test('real lists decide as a walk through them does', { skip }, () => {
  const payload = (file: string): string[] =>
    Array.from(
      readFileSync(new URL(file, data), 'utf8').matchAll(/^ {2}- '(.+)'$/gm),
      (match) => match[1] ?? '',
    );
  const domainRule = (name: string, target: string): string =>
    name.startsWith('+.') ? `DOMAIN-SUFFIX,${name.slice(2)},${target}` : `DOMAIN,${name},${target}`;
  const names = [...payload('gfw.txt'), ...payload('proxy.txt')];
  const rules = rulesOf(
    ...payload('private.txt').map((name) => domainRule(name, 'DIRECT')),
    ...names.map((name) => domainRule(name, 'P')),
    ...payload('lancidr.txt').map((cidr) => `IP-CIDR,${cidr},DIRECT`),
    ...payload('cncidr.txt').map((cidr) => `IP-CIDR,${cidr},Q`),
    'MATCH,P',
  );
  assert.ok(rules.length > 30_000);
  const compiled = compileRules({ rules, subRules: new Map() });
  const random = fc.sample(fc.tuple(fc.nat(), fc.ipV4(), fc.boolean()), { numRuns: 60, seed: 7 });
  for (const [pick, dstIp, named] of random) {
    const name = (names[pick % names.length] ?? '').replace(/^\+\./, 'www.');
    const facts = factsOf({ domain: named ? name : null, dstIp: ipOf(dstIp) });
    const outcome = compiled.match(facts);
    assert.ok(outcome.kind === 'decided');
    const expected = rules.findIndex(
      ({ condition }) => evaluate(condition, facts, EMPTY_CONTEXT) === YES,
    );
    assert.equal(outcome.index, expected, `${facts.domain} ${dstIp}`);
  }
});
