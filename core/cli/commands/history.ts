/** `sluice history`: the revisions of the configuration file. */
import { parseArgs } from 'node:util';
import type { History } from '../../api/edit.ts';
import { endpoints } from '../../api/endpoints.ts';
import { showApplied } from '../applied.ts';
import { EXIT_OK, UsageError } from '../command.ts';
import type { Command, Terminal } from '../command.ts';
import { formatTable, printable } from '../format.ts';
import { assertArguments, controlClient, toJson } from '../options.ts';

export const command: Command = {
  help: [
    'Usage: sluice history [--json]',
    '       sluice history diff [ID] [--from ID]',
    '       sluice history show ID [--json]',
    '       sluice history undo|redo [--json]',
    '',
    'Lists what the file of the running Sluice has said, newest first, and who changed it.',
    'diff shows what a revision changed, the current one without an ID; show prints all that',
    'it says. undo goes back to the one before, redo forward again; both are applied at once.',
    '',
    'Options:',
    '  --from ID   compare with this revision instead of the one before',
    '  --json      JSON',
    '',
    'Exit code of undo and redo: 0 when it was applied, 1 when not.',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { from: { type: 'string' }, json: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    const [action, ...rest] = positionals;
    switch (action) {
      case undefined:
        await list(values.json, terminal);
        return EXIT_OK;
      case 'diff':
        return diff(rest, values.from, values.json, terminal);
      case 'show': {
        assertArguments(rest, ['ID']);
        const params = { id: idOf(rest[0] ?? '') };
        const revision = await controlClient().call(endpoints.historyText, { params });
        terminal.out(values.json ? toJson(revision) : revision.text);
        return EXIT_OK;
      }
      case 'undo':
      case 'redo': {
        assertArguments(rest, []);
        const body = { author: 'cli' as const };
        const done = await controlClient().call(endpoints[action], { body });
        return showApplied(done.result, terminal, values.json ? done : null);
      }
      default:
        throw new UsageError(`"${action}" is none of diff, show, undo and redo.`);
    }
  },
};

async function list(json: boolean, terminal: Terminal): Promise<void> {
  const history = await controlClient().call(endpoints.history);
  terminal.out(json ? toJson(history) : formatHistory(history));
}

function formatHistory({ revisions, current }: History): string {
  const rows = revisions.map(({ id, time, author, summary }) => [
    `${id}${id === current ? ' *' : ''}`,
    new Date(time).toLocaleString(),
    author,
    printable(summary),
  ]);
  return formatTable([['ID', 'TIME', 'BY', 'CHANGE'], ...rows]);
}

async function diff(
  rest: readonly string[],
  from: string | undefined,
  json: boolean,
  terminal: Terminal,
): Promise<number> {
  if (rest.length > 1) assertArguments(rest, ['ID']);
  const id = rest[0] === undefined ? await currentId() : idOf(rest[0]);
  const query = from === undefined ? {} : { from: idOf(from) };
  const answer = await controlClient().call(endpoints.historyDiff, { params: { id }, query });
  terminal.out(json ? toJson(answer) : answer.diff.split('\n').map(printable).join('\n'));
  return EXIT_OK;
}

async function currentId(): Promise<number> {
  const { current } = await controlClient().call(endpoints.history);
  if (current === null) throw new UsageError('No revision is known yet.');
  return current;
}

function idOf(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UsageError(`"${text}" is not the id of a revision.`);
}
