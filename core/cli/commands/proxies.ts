/** `sluice proxies`: proxies and groups, and how they do. */
import { parseArgs } from 'node:util';
import { endpoints } from '../../api/endpoints.ts';
import type { GroupInfo, ProxyInfo, ProxyList } from '../../api/proxies.ts';
import { EXIT_OK } from '../command.ts';
import type { Command } from '../command.ts';
import { formatTable, printable } from '../format.ts';
import { assertArguments, controlClient, toJson } from '../options.ts';

export const command: Command = {
  help: [
    'Usage: sluice proxies [--json]',
    '',
    'Lists groups with the member that each uses, and proxies with what their latest test',
    'said. "sluice select GROUP NAME" chooses a member, "sluice test NAME" tests.',
    '',
    'Options:',
    '  --json   everything that is known, as JSON',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { json: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    assertArguments(positionals, []);
    const list = await controlClient().call(endpoints.proxies);
    terminal.out(values.json ? toJson(list) : formatList(list));
    return EXIT_OK;
  },
};

function formatList({ mode, groups, proxies }: ProxyList): string {
  const groupRows = groups.map((group) => [
    group.name,
    group.type,
    nowOf(group),
    delayOf(group),
    `${group.all.length}`,
  ]);
  const proxyRows = proxies.map((proxy) => [
    proxy.name,
    proxy.type,
    serverOf(proxy),
    proxy.udp ? 'yes' : 'no',
    delayOf(proxy),
  ]);
  const tables = [
    [['GROUP', 'TYPE', 'USES', 'DELAY', 'MEMBERS'], ...groupRows],
    [['PROXY', 'TYPE', 'SERVER', 'UDP', 'DELAY'], ...proxyRows],
  ].map((table) => formatTable(table.map((row) => row.map(printable))));
  return `Mode ${mode}\n\n${tables.join('\n')}`;
}

function nowOf({ now, fixed, strategy }: GroupInfo): string {
  if (strategy !== '') return `(${strategy})`;
  if (now === '') return '(nobody)';
  return fixed === now ? `${now} (chosen)` : now;
}

function delayOf({ alive, delay }: Pick<ProxyInfo, 'alive' | 'delay'>): string {
  if (!alive) return 'failed';
  return delay === null ? '-' : `${delay} ms`;
}

function serverOf({ server, dialerProxy, provider }: ProxyInfo): string {
  const via = dialerProxy === '' ? '' : ` through ${dialerProxy}`;
  const from = provider === null ? '' : ` (${provider})`;
  return server === '' ? '-' : `${server}${via}${from}`;
}
