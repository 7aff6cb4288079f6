/** What is wrong with the lists of a configuration that are at hand: its files, and what stands in it. */
import { SluiceError } from '../api/errors.ts';
import type { Config, Problem } from '../config/config.ts';
import type { ProxyProviderConfig, RuleProviderConfig } from '../config/provider-config.ts';
import type { Position } from '../../rules/rule.ts';
import { EMPTY_CONTEXT } from '../../rules/rule-set.ts';
import { formatCount, quote } from '../../rules/text.ts';
import { buildSet } from './build-set.ts';
import { EntryWriter } from './entries.ts';
import type { EntryList, ListProblem } from './entries.ts';
import { readProxyList } from './proxy-list.ts';
import { readList, readWhole } from './read-list.ts';

/**
 * Warnings all of them: what is broken is passed over, and a list that cannot be used matches
 * nothing. `file` is how problems name the configuration. Fetches nothing. Never rejects.
 */
export async function checkProviders(
  { ruleProviders, proxyProviders }: Config,
  file: string,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const provider of ruleProviders) problems.push(...(await checkRules(provider, file)));
  for (const provider of proxyProviders) problems.push(...checkProxies(provider, file));
  return problems;
}

async function checkRules(config: RuleProviderConfig, file: string): Promise<readonly Problem[]> {
  const { source, name, behavior } = config;
  if (source.type === 'http') return [];
  try {
    const { signal } = new AbortController();
    const { broken, problems } = await buildSet(behavior, entriesOf(config), EMPTY_CONTEXT, signal);
    return linesOf(source.type === 'file' ? source.path : file, name, problems, broken);
  } catch (cause) {
    return [unusable(config, file, cause)];
  }
}

function entriesOf({ source, behavior, format }: RuleProviderConfig): EntryList {
  if (source.type === 'file') {
    return readList({ path: source.path, sizeLimit: source.sizeLimit, behavior, format });
  }
  const writer = new EntryWriter();
  if (source.type === 'inline') for (const { text, line } of source.entries) writer.add(text, line);
  return writer.finish(0, []);
}

function checkProxies(config: ProxyProviderConfig, file: string): readonly Problem[] {
  const { source, name } = config;
  if (source.type !== 'file') return [];
  try {
    const bytes = readWhole(source.path, source.sizeLimit);
    const { unsupported, broken, problems } = readProxyList(bytes, source.path);
    const types = [...unsupported].map(([type, count]) => `${count} of type ${quote(type)}`);
    const notSpoken: Problem[] = types.map((what) => ({
      ...{ file: source.path, line: 1, column: 1, severity: 'warning' as const },
      code: 'provider-unsupported',
      message: `Sluice does not speak ${what}: they are left out of ${quote(name)}`,
    }));
    return [...notSpoken, ...linesOf(source.path, name, problems, broken)];
  } catch (cause) {
    return [unusable(config, file, cause)];
  }
}

function linesOf(
  file: string,
  name: string,
  problems: readonly ListProblem[],
  broken: number,
): Problem[] {
  const base = { file, column: 1, severity: 'warning', code: 'provider-line' } as const;
  const lines = problems.map(({ line, message }) => ({
    ...base,
    line: Math.max(line, 1),
    message: `${message}; it is passed over`,
  }));
  const more = broken - problems.length;
  if (more <= 0) return lines;
  const message = `of ${quote(name)}, ${formatCount(more, 'more broken entry is', 'more broken entries are')} not shown`;
  return [...lines, { ...base, line: lines.at(-1)?.line ?? 1, message }];
}

function unusable(
  { position, name }: { readonly position: Position; readonly name: string },
  file: string,
  cause: unknown,
): Problem {
  if (!(cause instanceof SluiceError)) throw cause;
  const { line, column } = position;
  const message = `the provider ${quote(name)} cannot be used: ${cause.message}`;
  return { file, line, column, severity: 'warning', code: 'provider-unusable', message };
}
