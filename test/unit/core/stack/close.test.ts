import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { families, farAddress, StackLab, unbound } from './stack-lab.ts';

const never = new AbortController().signal;

test('a stack may be closed inside the handler of a flow, with more events behind it', async (t) => {
  const closed = Promise.withResolvers<void>();
  const lab = new StackLab(t, {
    onTcpFlow: () => {
      lab.stack.close();
      closed.resolve();
      return true;
    },
  });
  for (let n = 0; n < 5; n += 1) lab.client(4).syn();
  await closed.promise;
});

test('a stack may be closed inside the handler of data', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4);
  client.send('one');
  client.send('two');
  client.fin();
  stream.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    stream.once('data', () => {
      lab.stack.close();
      resolve();
    });
  });
});

test('a stack may be closed while its streams are in every state', async (t) => {
  for (const family of families) {
    const lab = new StackLab(t);
    const pair = await lab.openPair(family);
    void lab.stack.splice(pair.stream, pair.remote);
    pair.client.send('in flight');
    pair.socket.write('in flight');
    const { client, stream } = await lab.open(family);
    client.acknowledges = false;
    stream.end('not acknowledged');
    lab.client(family).syn();
    await lab.nextFlow();
    lab.stack.close();
  }
});

test('whoever waits for something of a stack hears of its close', async (t) => {
  const lab = new StackLab(t);
  const client = lab.client(4);
  client.acknowledges = false;
  client.syn();
  const accepted = (await lab.nextFlow()).accept();
  lab.client(4).syn();
  const held = await lab.nextFlow();
  const vanished = new Promise<void>((resolve) => {
    held.onVanished = resolve;
  });
  const binding = { ...unbound, device: 'lo' };
  const connecting = lab.stack.connectTcp(farAddress[4], 80, binding, never);
  const pair = await lab.openPair(4);
  const spliced = lab.stack.splice(pair.stream, pair.remote);
  const { stream } = await lab.open(4);
  const closed = once(stream, 'close');

  lab.stack.close();
  await assert.rejects(accepted, { code: 'ERR_FLOW_VANISHED' });
  await vanished;
  await assert.rejects(connecting, { name: 'UpstreamError' });
  assert.notEqual((await spliced).error, null);
  await closed;
});

test('a closed stack does nothing, and says so', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4);
  client.segment({});
  lab.client(4).syn();
  const flow = await lab.nextFlow();
  const before = stream.counts();
  lab.stack.close();
  lab.stack.close();
  flow.refuse('reset');
  await assert.rejects(flow.accept(), { code: 'ERR_FLOW_VANISHED' });
  await assert.rejects(lab.stack.connectTcp('127.0.0.1', 80, unbound, never));
  lab.stack.inject(Buffer.alloc(40));
  assert.equal(lab.stack.take(), null);
  assert.deepEqual(lab.stack.counters(), {});
  assert.deepEqual(stream.counts(), before);
});

test('stacks of one process do not mix', async (t) => {
  const [one, two] = [new StackLab(t), new StackLab(t)];
  // The same four-tuple in both.
  const [first, second] = [await one.open(4), await two.open(4)];
  assert.deepEqual(first.client.flow, second.client.flow);
  first.stream.write('one');
  second.stream.write('two');
  assert.equal(String(await first.client.read(3)), 'one');
  assert.equal(String(await second.client.read(3)), 'two');
  one.stack.close();
  second.stream.end('still two');
  assert.equal(await second.client.ended(), 'fin');
  assert.equal(String(second.client.received), 'twostill two');
});

test('a handler that throws is an uncaught exception, and the stack goes on', async () => {
  const program = fileURLToPath(new URL('./programs/throwing-handler.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  assert.deepEqual(stdout.trim().split('\n'), ['uncaught: from the handler', 'second flow']);
});
