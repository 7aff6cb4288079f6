import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { parseRecordRequest } from '../../../../core/api/record.ts';
import { FlowTable } from '../../../../core/engine/flow-table.ts';
import { createLogger } from '../../../../core/log/logger.ts';
import { Recorder } from '../../../../core/recorder/recorder.ts';
import { readCapture } from '../../../packets/capture.ts';
import { parseIp } from '../../../packets/ip.ts';
import { parseTcp } from '../../../packets/tcp.ts';
import { StackLab } from '../stack/stack-lab.ts';

interface RecorderLab {
  readonly recorder: Recorder;
  readonly flows: FlowTable;
  readonly stack: StackLab;
  readonly log: string[];
}

/** `isTimed`: time passes by `t.mock.timers` alone, but for the stack. */
function open(t: TestContext, isTimed = false): RecorderLab {
  t.after(() => t.mock.timers.reset());
  const stack = new StackLab(t);
  const apis = ['setInterval', 'setTimeout', 'Date'] as const;
  if (isTimed) t.mock.timers.enable({ apis: [...apis], now: 1_000_000 });
  const flows = new FlowTable();
  const lines: string[] = [];
  const log = createLogger({ level: 'info', write: (line) => lines.push(line) });
  const recorder = new Recorder({ flows, tap: () => stack.stack.tap, log });
  t.after(() => recorder.forget());
  return { recorder, flows, stack, log: lines };
}

function fileOf(recorder: Recorder): Buffer {
  return Buffer.concat([...(recorder.file()?.pieces ?? [])]);
}

const usual = parseRecordRequest(undefined);

test('off, it has nothing and costs nothing', (t) => {
  const { recorder, stack } = open(t);
  assert.equal(recorder.isOn, false);
  assert.equal(recorder.info(), null);
  assert.equal(recorder.file(), null);
  assert.deepEqual(recorder.recordedFlows(), []);
  recorder.stop();
  recorder.forget();
  assert.equal(stack.stack.tap.state(), null);
});

test('one recording at a time, which is stopped, had, and forgotten', async (t) => {
  const { recorder, stack, log } = open(t);
  recorder.start(usual);
  assert.equal(recorder.isOn, true);
  assert.throws(() => recorder.start(usual), { code: 'ERR_RECORDING_RUNS' });
  await stack.open(4);
  recorder.stop();
  assert.equal(recorder.isOn, false);
  const info = recorder.info();
  assert.equal(info?.endedBy, 'stopped');
  assert.equal(readCapture(fileOf(recorder)).length, info?.packets);
  recorder.start(usual);
  assert.deepEqual(readCapture(fileOf(recorder)), []);
  recorder.forget();
  assert.equal(recorder.file(), null);
  assert.match(log.join('\n'), /RECORDING .*all flows/);
});

test('a flow is recorded by its id, by the source that its packets have, until it has ended', async (t) => {
  const { recorder, flows, stack } = open(t, true);
  const client = stack.client(4, { srcPort: 5000 });
  // As of a guest whose source was rewritten on the way.
  const record = flows.open('tcp', '192.168.7.7', 1, client.flow.dst, client.flow.dstPort);
  record.packetSource = { address: client.flow.src, port: 5000 };
  recorder.start({ ...usual, flow: record.id });
  const others = await stack.open(4);
  const connected = client.connect();
  const stream = await (await stack.nextFlow()).accept();
  await connected;
  client.send('mine');
  others.client.send('not mine');
  await Promise.all([once(stream, 'data'), once(others.stream, 'data')]);
  t.mock.timers.tick(5000);
  assert.equal(recorder.isOn, true);
  flows.finish(record, 'closed');
  t.mock.timers.tick(1000);
  // Its last packets may come yet.
  assert.equal(recorder.isOn, true);
  t.mock.timers.tick(1000);
  assert.equal(recorder.info()?.endedBy, 'flow');
  const segments = readCapture(fileOf(recorder)).map(({ bytes }) => parseTcp(parseIp(bytes)));
  assert(segments.some(({ data }) => String(data) === 'mine'));
  assert(segments.every(({ data }) => String(data) !== 'not mine'));
  assert.deepEqual(recorder.recordedFlows(), [record]);
});

test('a flow that is not there cannot be recorded, and what was recorded stays', (t) => {
  const { recorder, flows } = open(t);
  recorder.start(usual);
  recorder.stop();
  const ended = flows.open('udp', '10.0.0.2', 1, '192.0.2.1', 53);
  flows.finish(ended, 'closed');
  assert.throws(() => recorder.start({ ...usual, flow: ended.id }), { code: 'ERR_FLOW_UNKNOWN' });
  assert.notEqual(recorder.info(), null);
});

test('it ends when its time is over, and is forgotten a while later', (t) => {
  const { recorder, stack } = open(t, true);
  recorder.start({ ...usual, seconds: 5 });
  t.mock.timers.tick(4000);
  assert.equal(recorder.isOn, true);
  t.mock.timers.tick(1000);
  assert.equal(recorder.info()?.endedBy, 'time');
  t.mock.timers.tick(59 * 60_000);
  assert.notEqual(recorder.info(), null);
  t.mock.timers.tick(60_000);
  assert.equal(recorder.info(), null);
  assert.equal(stack.stack.tap.state(), null);
});

test('it ends with the engine', (t) => {
  const { recorder, stack } = open(t);
  recorder.start(usual);
  stack.stack.close();
  assert.equal(recorder.isOn, false);
  assert.equal(recorder.info(), null);
  assert.throws(() => recorder.start(usual), { code: 'ERR_RECORDING_MEMORY' });
});

test('the flows that were open meanwhile are told, newest first', (t) => {
  const { recorder, flows } = open(t, true);
  const openFlow = (port: number) => flows.open('tcp', '10.0.0.2', port, '192.0.2.1', 443);
  const before = openFlow(1);
  flows.finish(before, 'closed');
  const across = openFlow(2);
  t.mock.timers.tick(10);
  recorder.start(usual);
  const within = openFlow(3);
  flows.finish(within, 'closed');
  t.mock.timers.tick(10);
  recorder.stop();
  t.mock.timers.tick(10);
  openFlow(4);
  assert.deepEqual(recorder.recordedFlows(), [within, across]);
});

test('what a request may ask for has limits', () => {
  assert.deepEqual(usual, { flow: null, seconds: 300, size: 32, snap: 65_535 });
  const asked = { flow: 7, seconds: 3600, size: 256, snap: 64 };
  assert.deepEqual(parseRecordRequest(asked), asked);
  for (const wrong of [
    { seconds: 0 },
    { seconds: 3601 },
    { size: 257 },
    { size: 1.5 },
    { snap: 63 },
    { flow: '7' },
    { flow: 0 },
    { path: '/tmp/x' },
    [],
  ]) {
    assert.throws(() => parseRecordRequest(wrong), { code: 'ERR_REQUEST_INVALID' });
  }
});
