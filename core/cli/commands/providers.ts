/** `sluice providers`: lists and data from files and servers, and refreshing them. */
import { parseArgs } from 'node:util';
import { endpoints } from '../../api/endpoints.ts';
import type { ProviderKind, ProviderList } from '../../api/providers.ts';
import { PROVIDER_KINDS } from '../../api/providers.ts';
import { EXIT_FAILED, EXIT_OK, UsageError } from '../command.ts';
import type { Command, Terminal } from '../command.ts';
import type { ControlClient } from '../control-client.ts';
import { formatAge, formatBytes, formatTable, printable } from '../format.ts';
import { assertArguments, controlClient, toJson } from '../options.ts';

export const command: Command = {
  help: [
    'Usage: sluice providers [--json]',
    '       sluice providers refresh NAME',
    '',
    'Lists the rule providers, proxy providers and geo data that are in use: how many',
    'entries they have, how old they are, when they are fetched again, what went wrong.',
    'With "refresh" one of them is fetched or read again now; of the geo data the names',
    'are geosite, country and asn.',
    '',
    'Options:',
    '  --json   everything, as JSON',
    '',
    'Exit code: 0 when it worked, 1 when not.',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { json: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    const [verb, name] = positionals;
    const client = controlClient();
    if (verb === undefined) {
      const list = await client.call(endpoints.providers);
      terminal.out(values.json ? toJson(list) : formatProviders(list));
      return EXIT_OK;
    }
    if (verb !== 'refresh') throw new UsageError(`"${printable(verb)}" is no action: use refresh.`);
    assertArguments(positionals, ['refresh', 'NAME']);
    return refresh(client, name ?? '', terminal);
  },
};

/** A rule provider and a proxy provider may have the same name: both are meant then. */
async function refresh(client: ControlClient, name: string, terminal: Terminal): Promise<number> {
  const list = await client.call(endpoints.providers);
  const kinds = PROVIDER_KINDS.filter((kind) => list[kind].some((item) => item.name === name));
  if (kinds.length === 0) {
    terminal.err(`No provider is called ${printable(name)}. "sluice providers" lists them.\n`);
    return EXIT_FAILED;
  }
  for (const kind of kinds) {
    const { done } = await client.call(endpoints.refreshProvider, { params: { kind, name } });
    terminal.out(done ? `Refreshed ${printable(name)}.\n` : 'It takes longer, and goes on.\n');
  }
  return EXIT_OK;
}

const titles: Readonly<Record<ProviderKind, string>> = {
  rules: 'RULES',
  proxies: 'PROXIES',
  geo: 'GEO DATA',
};

function formatProviders(list: ProviderList): string {
  const parts: string[] = [];
  for (const kind of PROVIDER_KINDS) {
    if (list[kind].length > 0) parts.push(`${titles[kind]}\n${tableOf(list[kind])}`);
  }
  return parts.length === 0
    ? 'The configuration uses no providers and no geo data.\n'
    : parts.join('\n');
}

type Item = ProviderList[ProviderKind][number];

function tableOf(items: readonly Item[]): string {
  const rows = items.map((item) => [
    printable(item.name),
    'behavior' in item ? `${item.type}, ${item.behavior}` : item.type,
    String(item.count),
    formatBytes(item.size),
    item.updatedAt === null ? 'never' : `${formatAge(Date.now() - Date.parse(item.updatedAt))} ago`,
    item.nextRefresh === null
      ? '-'
      : `in ${formatAge(Math.max(0, Date.parse(item.nextRefresh) - Date.now()))}`,
    printable(stateOf(item)),
  ]);
  return formatTable([['NAME', 'TYPE', 'ENTRIES', 'SIZE', 'UPDATED', 'NEXT', 'STATE'], ...rows]);
}

function stateOf(item: Item): string {
  if (item.error !== null) return `${item.error.message} [${item.error.code}]`;
  const notes: string[] = [];
  if ('broken' in item && item.broken > 0) notes.push(`${item.broken} broken`);
  if ('subscription' in item && item.subscription !== null) {
    const { upload, download, total, expire } = item.subscription;
    const used = (upload ?? 0) + (download ?? 0);
    if (total !== null) notes.push(`${formatBytes(used)} of ${formatBytes(total)} used`);
    if (expire !== null) notes.push(`until ${expire.slice(0, 10)}`);
  }
  return notes.length === 0 ? (item.count > 0 ? 'in use' : 'not loaded') : notes.join(', ');
}
