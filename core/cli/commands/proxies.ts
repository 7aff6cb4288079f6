/** `sluice proxies`: proxies and groups, how they do, and changes of those in the file. */
import { parseArgs } from 'node:util';
import { endpoints } from '../../api/endpoints.ts';
import type { GroupInfo, ProxyInfo, ProxyList } from '../../api/proxies.ts';
import { EXIT_OK, UsageError } from '../command.ts';
import type { Command } from '../command.ts';
import { addProxy, checkProxy, removeProxy } from '../edit-proxies.ts';
import { formatTable, printable } from '../format.ts';
import { assertArguments, controlClient, toJson } from '../options.ts';

export const command: Command = {
  help: [
    'Usage: sluice proxies [list] [--json]',
    '       sluice proxies add LINE [--name NAME] [--group GROUP] [--match]',
    '       sluice proxies remove NAME [--force]',
    '       sluice proxies check NAME|LINE [--json]',
    '',
    'Lists groups with the member that each uses, and proxies with what their latest test',
    'said. "sluice select GROUP NAME" chooses a member, "sluice test NAME" measures.',
    '',
    '"add" and "remove" change the file of the running Sluice and apply it; "sluice history undo"',
    'takes it back. LINE is a proxy such as socks5://user:password@host:port#name.',
    '"check" tries a proxy step by step: its name, the connection, TLS, the login, TCP, UDP and',
    'DNS through it; what fails is named, and what to do.',
    '',
    'Options:',
    '  --name NAME    what the new proxy is called',
    '  --group GROUP  put it into a group (may be repeated)',
    '  --match        send what no other rule takes to it',
    '  --force        take it out of the groups that list it, too',
    '  --json         everything that is known, or what was done, as JSON',
    '',
    'Exit code: 0 when it was applied, or every step passed; else 1.',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        name: { type: 'string' },
        group: { type: 'string', multiple: true, default: [] },
        match: { type: 'boolean', default: false },
        force: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    const [action = 'list', ...rest] = positionals;
    const [which = ''] = rest;
    const { name, group, match, force, json } = values;
    if (action !== 'add' && (name !== undefined || group.length > 0 || match)) {
      throw new UsageError('--name, --group and --match are for add.');
    }
    if (force && action !== 'remove') throw new UsageError('--force is for remove.');
    switch (action) {
      case 'add':
        assertArguments(rest, ['LINE']);
        return addProxy(which, { name, groups: group, match, json }, terminal);
      case 'remove':
        assertArguments(rest, ['NAME']);
        return removeProxy(which, force, json, terminal);
      case 'check':
        assertArguments(rest, ['NAME or LINE']);
        return checkProxy(which, json, terminal);
      case 'list':
        assertArguments(rest, []);
        break;
      default:
        throw new UsageError(`"${action}" is none of list, add, remove, check.`);
    }
    const list = await controlClient().call(endpoints.proxies);
    terminal.out(json ? toJson(list) : formatList(list));
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
