/** `sluice record`: packets of the tunnel into a capture file. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { endpoints } from '../../api/endpoints.ts';
import { SluiceError } from '../../api/errors.ts';
import { RECORD_SECONDS, RECORD_SIZE } from '../../api/record.ts';
import type { RecordEnd, RecordInfo } from '../../api/record.ts';
import { EXIT_OK, UsageError } from '../command.ts';
import type { Command, Terminal } from '../command.ts';
import type { ControlClient } from '../control-client.ts';
import { formatBytes } from '../format.ts';
import { assertArguments, controlClient, flowIdOf, toJson } from '../options.ts';
import { formatCount } from '../../../rules/text.ts';

export const command: Command = {
  help: [
    'Usage: sluice record -o FILE [--flow ID] [--seconds N] [--size MIB] [--snap BYTES]',
    '                     [--flows FILE]',
    '',
    'Records packets as the tunnel carries them, with all that they say, until Ctrl-C, and',
    'writes them as a capture file for Wireshark or tcpdump. Where more comes than the memory',
    'holds, the oldest give way. A flow that runs already is recorded from now on.',
    '',
    'Options:',
    '  -o, --output FILE   the capture file (pcap); - for standard output',
    '  --flow ID           this flow alone ("sluice flows" shows the ids), until it ends;',
    '                      of UDP: everything of its source, whoever it speaks to',
    `  --seconds N         end by itself after so many; ${RECORD_SECONDS.usual} when absent, ${RECORD_SECONDS.most} at most`,
    `  --size MIB          memory for packets; ${RECORD_SIZE.usual} when absent, ${RECORD_SIZE.most} at most`,
    '  --snap BYTES        keep only the beginning of each packet; headers take up to 96',
    '  --flows FILE        the flows that were open meanwhile, with their timelines, as JSON',
    '',
    'Packets between programs and Sluice are larger than on a wire, up to 64 KiB, and their',
    'checksums are not filled in: the kernel does both where a packet leaves the machine.',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        output: { type: 'string', short: 'o' },
        flow: { type: 'string' },
        seconds: { type: 'string' },
        size: { type: 'string' },
        snap: { type: 'string' },
        flows: { type: 'string' },
      },
      allowPositionals: true,
    });
    assertArguments(positionals, []);
    if (values.output === undefined) throw new UsageError('-o FILE is missing.');
    const body = {
      flow: values.flow === undefined ? null : flowIdOf(values.flow),
      ...numberOf('seconds', values.seconds),
      ...numberOf('size', values.size),
      ...numberOf('snap', values.snap),
    };
    const client = controlClient();
    // What cannot be written is better known before than after.
    const output = values.output === '-' ? null : await openFile(values.output);
    const flows = values.flows === undefined ? null : await openFile(values.flows);
    try {
      await client.call(endpoints.startRecording, { body });
      const summary = await waitForEnd(client, terminal);
      await save(client, output, terminal);
      if (flows !== null) await flows.write(toJson(await client.call(endpoints.recordedFlows)));
      await client.call(endpoints.forgetRecording);
      terminal.err(`${summary}${output === null ? '' : ` Written to ${values.output}.`}\n`);
    } finally {
      await output?.close();
      await flows?.close();
    }
    return EXIT_OK;
  },
};

type Numbers = 'seconds' | 'size' | 'snap';

/** Nothing where it is absent; core knows the limits. */
function numberOf(name: Numbers, text: string | undefined): { [Name in Numbers]?: number } {
  if (text === undefined) return {};
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${name} takes a number, not "${text}".`);
  return { [name]: Number(text) };
}

/** For its owner alone, and never through what somebody else has put in its place. */
async function openFile(path: string): Promise<FileHandle> {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  try {
    return await open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SluiceError('ERR_RECORD_FILE', `Cannot write ${path}: ${reason}`, { cause });
  }
}

/** Until Ctrl-C, or until core ended it. Resolves to what it has, as a sentence. Rejects where it is no longer to be had. */
async function waitForEnd(client: ControlClient, terminal: Terminal): Promise<string> {
  const onSignal = (): void => {
    void client.call(endpoints.stopRecording).catch(() => undefined);
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const isShown = process.stderr.isTTY;
  if (isShown) terminal.err('Recording; Ctrl-C ends it.\n');
  try {
    for await (const { recording } of client.stream(endpoints.watchRecording, WATCH)) {
      if (recording === null) throw new SluiceError('ERR_NO_RECORDING', GONE);
      if (isShown) terminal.err(`\r${progressOf(recording)}`.padEnd(78));
      if (recording.endedBy !== null) return summaryOf(recording, recording.endedBy);
    }
    throw new SluiceError('ERR_CONTROL', 'Core has ended, and its recording with it.');
  } finally {
    if (isShown) terminal.err('\n');
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

async function save(
  client: ControlClient,
  output: FileHandle | null,
  terminal: Terminal,
): Promise<void> {
  for await (const bytes of client.download(endpoints.recordedPackets)) {
    if (output === null) await terminal.outBytes(bytes);
    else await output.writeFile(bytes);
  }
}

function progressOf({ started, packets, bytes, lost }: RecordInfo): string {
  const seconds = Math.round((Date.now() - Date.parse(started)) / 1000);
  const gone = lost === 0 ? '' : `, ${formatCount(lost, 'older one')} gave way`;
  return `${seconds} s: ${formatCount(packets, 'packet')}, ${formatBytes(bytes)}${gone}`;
}

const ENDS: Readonly<Record<RecordEnd, string>> = {
  stopped: '',
  time: 'Its time is over. ',
  flow: 'The flow has ended. ',
};

function summaryOf(info: RecordInfo, why: RecordEnd): string {
  const { packets, bytes, lost } = info;
  const gone = lost === 0 ? '' : `, ${formatCount(lost, 'older one')} gave way`;
  return `${ENDS[why]}${formatCount(packets, 'packet')}, ${formatBytes(bytes)}${gone}.`;
}

const WATCH = { query: { interval: 500 } };

const GONE = 'The recording is gone: somebody else has forgotten it, or the engine has stopped.';
