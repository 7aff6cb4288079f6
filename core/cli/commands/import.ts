/** `sluice import`: takes over what other programs have, or says what there is in it. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { endpoints } from '../../api/endpoints.ts';
import { SluiceError } from '../../api/errors.ts';
import { MAX_IMPORT_TEXT } from '../../api/import.ts';
import type { ImportPreview, ImportRequest, ImportSource } from '../../api/import.ts';
import { showApplied } from '../applied.ts';
import { EXIT_OK, UsageError } from '../command.ts';
import type { Command, Terminal } from '../command.ts';
import { formatBytes, formatTable, printable } from '../format.ts';
import { assertArguments, controlClient, toJson } from '../options.ts';
import { formatCount } from '../../../rules/text.ts';

/** Core fetches for up to 25 s and reads for up to 15 s. */
const PATIENCE_MS = 60_000;

export const command: Command = {
  help: [
    'Usage: sluice import FILE|URL|- [OPTIONS]',
    '',
    'Takes proxies over into the file of the running Sluice and applies it: from Clash YAML, a',
    'subscription (its URL), lines such as socks5://user:password@host:port#name or',
    'host:port:user:password, or a profile of Proxifier (.ppx). "-" reads standard input. Names that',
    'are taken get a number. "sluice history undo" takes it back.',
    '',
    'Options:',
    '  --dry-run        only say what there is in it',
    '  --groups         groups, too',
    '  --rules          rules, too: behind those of the file, before its MATCH',
    '  --replace        the whole text takes the place of the file (Clash only)',
    '  --subscribe      add the URL as a proxy provider, which is kept up to date',
    '  --name NAME      what the provider is called',
    '  --into GROUP     put what comes into a group of the file (may be repeated)',
    '  --new-group NAME make a group that holds what comes',
    '  --match NAME     send what no rule takes to this proxy or group',
    '  --via NAME       fetch the URL through this proxy or group',
    '  --json           the preview, or what was done, as JSON',
    '',
    'Exit code: 0 when it was applied; else 1.',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        'dry-run': { type: 'boolean', default: false },
        groups: { type: 'boolean', default: false },
        rules: { type: 'boolean', default: false },
        replace: { type: 'boolean', default: false },
        subscribe: { type: 'boolean', default: false },
        name: { type: 'string' },
        into: { type: 'string', multiple: true },
        'new-group': { type: 'string' },
        match: { type: 'string' },
        via: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    assertArguments(positionals, ['FILE, URL or -']);
    const { replace, subscribe } = values;
    const takesPart =
      values.groups || values.rules || values.into !== undefined || values.match !== undefined;
    if (replace && (subscribe || takesPart || values['new-group'] !== undefined)) {
      throw new UsageError('--replace takes everything: it goes with no choice of parts.');
    }
    const client = controlClient(PATIENCE_MS);
    const body = await sourceOf(positionals[0] ?? '', values.via);
    const preview = await client.call(endpoints.previewImport, { body });
    if (values['dry-run']) {
      terminal.out(values.json ? toJson(preview) : formatPreview(preview));
      return EXIT_OK;
    }
    const provider = values.name ?? preview.provider;
    const request: ImportRequest = {
      ...{ id: preview.id, hash: preview.hash, author: 'cli' },
      how: replace ? 'replace' : subscribe ? 'provider' : 'merge',
      ...(values.groups ? { groups: 'all' as const } : {}),
      ...(values.rules ? { rules: 'all' as const } : {}),
      ...(subscribe && provider !== null ? { provider } : {}),
      ...(values.into === undefined ? {} : { into: values.into }),
      ...(values['new-group'] === undefined ? {} : { newGroup: values['new-group'] }),
      ...(values.match === undefined ? {} : { match: values.match }),
    };
    const done = await client.call(endpoints.applyImport, { body: request });
    if (values.json) {
      return showApplied(done.result, terminal, { ...done, problems: preview.problems });
    }
    showProblems(preview, terminal);
    const counts = [
      formatCount(done.proxies.length, 'proxy', 'proxies'),
      formatCount(done.groups.length, 'group'),
      formatCount(done.rules, 'rule'),
    ];
    const added = subscribe ? `the subscription ${printable(provider ?? '')}` : counts.join(', ');
    terminal.out(`${replace ? 'The file has' : 'Added'} ${added}.\n`);
    return showApplied(done.result, terminal);
  },
};

async function sourceOf(from: string, via: string | undefined): Promise<ImportSource> {
  if (/^https?:\/\//i.test(from))
    return { url: from, ...(via === undefined ? {} : { proxy: via }) };
  if (via !== undefined) throw new UsageError('--via is for a URL.');
  return { text: from === '-' ? await textOf(process.stdin) : await fileText(from) };
}

async function fileText(path: string): Promise<string> {
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    if (size > MAX_IMPORT_TEXT) throw tooLarge();
    return await textOf(createReadStream(path));
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SluiceError('ERR_IMPORT_FILE', `Cannot read ${path}: ${why}.`, { cause });
  }
}

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_IMPORT_TEXT) throw tooLarge();
  }
  return Buffer.concat(chunks).toString();
}

function tooLarge(): SluiceError {
  const message = `It is larger than ${formatBytes(MAX_IMPORT_TEXT)}: import a part of it.`;
  return new SluiceError('ERR_IMPORT_TOO_LARGE', message);
}

function formatPreview(preview: ImportPreview): string {
  const { format, proxies, groups, rules, providers, problems, omitted } = preview;
  const rows = proxies.map(({ as, settings, conflict, note }) => [
    as,
    settings.type,
    `${settings.server}:${settings.port}`,
    [conflict === 'same' ? 'is there already' : '', note].filter((part) => part !== '').join('; '),
  ]);
  const parts = [
    `Format: ${{ clash: 'Clash YAML', lines: 'lines', proxifier: 'Proxifier' }[format]}\n`,
    rows.length === 0 ? '' : formatTable([['PROXY', 'TYPE', 'SERVER', 'NOTE'], ...rows].map(safe)),
    groups.length === 0
      ? ''
      : formatTable(
          [
            ['GROUP', 'TYPE', 'MEMBERS'],
            ...groups.map(({ as, type, members }) => [as, type, members.join(', ')]),
          ].map(safe),
        ),
    rules
      .map(({ rule, enabled }) => `${printable(rule)}${enabled ? '' : '  (disabled)'}\n`)
      .join(''),
    providers.length === 0 ? '' : `Providers: ${printable(providers.join(', '))}\n`,
    ...problems.map((problem) => `${problemLine(problem)}\n`),
    omitted === 0
      ? ''
      : `${formatCount(omitted, 'more problem is', 'more problems are')} not shown.\n`,
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function safe(row: readonly string[]): string[] {
  return row.map((cell) => printable(cell));
}

function showProblems({ problems, omitted }: ImportPreview, terminal: Terminal): void {
  for (const problem of problems) terminal.err(`${problemLine(problem)}\n`);
  if (omitted > 0)
    terminal.err(`${formatCount(omitted, 'more problem is', 'more problems are')} not shown.\n`);
}

function problemLine({ line, name, message }: ImportPreview['problems'][number]): string {
  const where = [line === 0 ? '' : `line ${line}`, name].filter((part) => part !== '').join(', ');
  return printable(where === '' ? message : `${where}: ${message}`);
}
