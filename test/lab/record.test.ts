/** Recorded packets as tcpdump reads them: whole connections, one flow alone, bounds. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { endpoints } from '../../core/api/endpoints.ts';
import type { FlowInfo } from '../../core/api/flows.ts';
import type { RecordedFlows, RecordInfo } from '../../core/api/record.ts';
import { readCapture } from '../packets/capture.ts';
import { ports, site4 } from './addresses.ts';
import { curl } from './clients.ts';
import { labConfig } from './config.ts';
import { Lab } from './lab.ts';
import type { Daemon } from './processes.ts';
import type { Instance } from './sluice.ts';

describe('recording packets', () => {
  let lab: Lab;
  let sluice: Instance;

  before(async () => {
    lab = await Lab.start();
    await lab.startProxies();
    sluice = await lab.startSluice(labConfig(lab.certificates, ['MATCH,dante']));
  });
  after(() => lab.stop());

  const pathOf = (name: string): string => join(lab.folder, name);

  /** What tcpdump says of the file; it must have nothing to complain about. */
  async function tcpdump(path: string, ...filter: string[]): Promise<string> {
    const args = ['-r', path, '-nn', '-A', '-tt', ...filter];
    const { status, stdout, stderr } = await lab.exec('home', 'tcpdump', args);
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stderr, /truncated|bad|invalid/);
    return stdout;
  }

  async function info(): Promise<RecordInfo | null> {
    return (await sluice.client.call(endpoints.recording)).recording;
  }

  /** Runs `sluice record` until core records. */
  async function record(...args: string[]): Promise<Daemon> {
    const daemon = sluice.startCli('record', ...args);
    return daemon.until('record', async () => (await info())?.endedBy === null);
  }

  async function liveFlow(port: number): Promise<FlowInfo> {
    for (;;) {
      const flows = await sluice.flows('live');
      const found = flows.find(({ destination }) => destination.port === port);
      if (found?.state === 'open') return found;
    }
  }

  test('tcpdump reads the handshake, the request and the answer of what curl fetched', async () => {
    const file = pathOf('all.pcap');
    const flowsFile = pathOf('flows.json');
    const daemon = await record('-o', file, '--flows', flowsFile);
    assert.equal((await sluice.status()).isRecording, true);
    const body = await curl(lab, 'home', `http://${site4}/`);
    await curl(lab, 'guest', 'http://www.site.test/');
    await daemon.stop('SIGINT');
    assert.equal(daemon.child.exitCode, 0, daemon.log);
    assert.match(daemon.log, /\d+ packets, .*Written to/);
    assert.equal((await sluice.status()).isRecording, false);
    // Nothing of it stays in core.
    assert.equal(await info(), null);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const words = await tcpdump(file, 'tcp', 'port', '80', 'and', 'host', site4);
    const flags = [...words.matchAll(/Flags \[([^\]]*)\]/g)].map(([, text]) => text);
    assert.deepEqual(flags.slice(0, 3), ['S', 'S.', '.']);
    assert(flags.some((text) => text?.includes('F')));
    assert.match(words, /GET \/ HTTP\/1\.1/);
    assert(body.length > 0 && words.includes(body.trim().slice(0, 40)));
    const { flows } = JSON.parse(readFileSync(flowsFile, 'utf8')) as RecordedFlows;
    const flow = flows.find(({ destination }) => destination.address === site4);
    assert.deepEqual(Object.keys(flow?.timeline ?? {}), [
      'decided',
      'dialled',
      'connected',
      'accepted',
      'firstUp',
      'firstDown',
      'ended',
    ]);
  });

  for (const from of ['home', 'guest'] as const) {
    test(`of ${from}, one flow that runs already is recorded alone, until it ends`, async () => {
      const nc = lab.spawn(from, 'nc', ['-N', site4, String(ports.echo)], { keepInput: true });
      const { id, source } = await liveFlow(ports.echo);
      const file = pathOf(`one-${from}.pcap`);
      const daemon = await record('-o', file, '--flow', `${id}`);
      await curl(lab, 'home', `http://${site4}/`);
      await curl(lab, 'guest', `http://${site4}/`);
      nc.child.stdin?.write('said to the echo\n');
      await nc.until('hear the echo', () => nc.log.includes('said to the echo'));
      nc.child.stdin?.end();
      await nc.exited;
      await daemon.exited;
      assert.equal(daemon.child.exitCode, 0, daemon.log);
      assert.match(daemon.log, /The flow has ended/);
      const words = await tcpdump(file);
      assert.equal(words.match(/said to the echo/g)?.length, 2);
      const others = await tcpdump(file, 'not', 'port', `${source.port}`);
      assert.equal(others, '');
      assert.match(words, /Flags \[F/);
    });
  }

  test('more than the memory holds: the latest stay, the rest is counted', async () => {
    const file = pathOf('full.pcap');
    const daemon = await record('-o', file, '--size', '1');
    const length = 30_000_000;
    const url = `http://${site4}:${ports.bytes}/1/${length}`;
    const script = 'set -o pipefail; curl -sS --fail "$0" | sha256sum';
    await lab.output('home', 'bash', ['-c', script, url]);
    await daemon.stop('SIGINT');
    assert.match(daemon.log, /older ones gave way/);
    const packets = readCapture(readFileSync(file));
    const size = statSync(file).size;
    assert(size <= 1024 * 1024 + 24 && size > 900 * 1024, `${size} bytes`);
    assert(packets.every(({ bytes, original }) => bytes.length === original));
    assert.match(await tcpdump(file, '-c', '1'), /Flags/);
  });

  test('with a snap length only the beginning of each packet is in the file', async () => {
    const file = pathOf('headers.pcap');
    const daemon = await record('-o', file, '--snap', '64');
    await curl(lab, 'home', `http://${site4}/`);
    await daemon.stop('SIGINT');
    const words = await tcpdump(file, 'tcp', 'port', '80');
    assert.match(words, /Flags \[S\]/);
    assert.match(words, /GET \//);
    assert.doesNotMatch(words, /User-Agent|Content-Type/);
  });

  test('to standard output, for a program that reads along', async () => {
    const target = pathOf('piped.txt');
    const sluiceRecord = '"$0" "$1" record --seconds 2 -o - 2>"$2.err"';
    const script = `set -o pipefail; ${sluiceRecord} | tcpdump -r - -nn >"$2"`;
    const program = join(import.meta.dirname, '../../core/cli/sluice.mjs');
    const args = ['-c', script, process.execPath, program, target];
    const running = lab.output('home', 'bash', args, { env: sluice.environment });
    await sluice.daemon.until('record', async () => (await info())?.endedBy === null);
    await curl(lab, 'home', `http://${site4}/`);
    await running;
    assert.match(readFileSync(target, 'utf8'), /Flags \[S\]/);
    assert.match(readFileSync(`${target}.err`, 'utf8'), /Its time is over\. \d+ packets/);
  });

  test('a recording does not outlive core, and what was asked for it says so', async () => {
    const daemon = await record('-o', pathOf('gone.pcap'));
    await sluice.restart();
    await daemon.exited;
    assert.equal(daemon.child.exitCode, 1);
    assert.equal(await info(), null);
  });
});
