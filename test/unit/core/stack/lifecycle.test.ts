import assert from 'node:assert/strict';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { ACK, FIN, RST, SYN } from '../../../packets/tcp.ts';
import { families, StackLab } from './stack-lab.ts';

for (const family of families) {
  test(`IPv${family}: a closed connection does not swallow the next one from the same port`, async (t) => {
    const lab = new StackLab(t);
    const { client, stream } = await lab.open(family);
    // The stack ends first, so that the wait is its own (RFC 9293 3.6).
    stream.end();
    stream.resume();
    await client.ended();
    client.fin();
    await once(stream, 'close');
    assert.equal(lab.stack.counters()['flowsNow'], 1);

    const again = lab.client(family, { ...client.flow, isn: 77_000 });
    const connected = again.connect();
    const next = await (await lab.nextFlow()).accept();
    await connected;
    next.end('new');
    assert.equal(String(await again.read(3)), 'new');
  });

  test(`IPv${family}: what is lost after a close is answered in the wait, and the wait ends`, async (t) => {
    const lab = new StackLab(t);
    const { client, stream } = await lab.open(family);
    stream.end();
    stream.resume();
    await client.ended();
    client.fin();
    await once(stream, 'close');
    const before = client.heard.length;
    // The acknowledgement of the FIN was lost: it comes again.
    client.segment({ flags: FIN | ACK, seq: client.seq - 1 });
    const answer = await client.hears(() => true, before);
    assert.equal(answer.flags, ACK);
    while (lab.stack.counters()['flowsNow'] !== 0) await lab.machine.barrier();
    assert.equal(await client.ended(), 'fin');
    client.segment({});
    await client.hears((segment) => segment.flags === RST);
  });

  test(`IPv${family}: a port is used again while its last connection still drains`, async (t) => {
    const lab = new StackLab(t);
    const { client, stream } = await lab.open(family, { windowScale: 3 });
    // The other side of the splice is a connection, too, and does not read.
    const slow = await lab.open(family);
    slow.client.window = 0;
    slow.client.segment({});
    const done = lab.stack.splice(stream, slow.stream);
    let sent = 0;
    const piece = Buffer.alloc(14_600, 'drained ');
    while (client.peerWindow >= 2 * piece.length) {
      client.send(piece);
      sent += piece.length;
      const { seq } = client;
      await client.until(() => client.heard.at(-1)?.ack === seq);
    }
    client.fin();
    slow.client.fin();
    assert.equal(await client.ended(), 'fin');
    await lab.machine.barrier();

    const again = lab.client(family, { ...client.flow, isn: 990_000_000 });
    const connected = again.connect();
    const next = await (await lab.nextFlow()).accept();
    await connected;
    slow.client.window = 65_535;
    slow.client.segment({});
    assert.equal((await slow.client.read(sent)).length, sent);
    assert.deepEqual(await done, { up: sent, down: 0, error: null });
    next.end('new');
    assert.equal(String(await again.read(3)), 'new');
  });

  test(`IPv${family}: a stray acknowledgement is reset with its own number`, async (t) => {
    const lab = new StackLab(t);
    const client = lab.client(family);
    client.segment({ flags: ACK, seq: 5, ack: 123_456 });
    const reset = await client.hears(() => true);
    assert.equal(reset.flags, RST);
    assert.equal(reset.seq, 123_456);
    assert.equal(lab.stack.counters()['strayTcp'], 1);
  });

  test(`IPv${family}: a stray FIN without ACK is reset with an acknowledgement`, async (t) => {
    const lab = new StackLab(t);
    const client = lab.client(family);
    client.segment({ flags: FIN, seq: 100, ack: 0, data: Buffer.from('abc') });
    const reset = await client.hears(() => true);
    assert.equal(reset.flags, RST | ACK);
    assert.equal(reset.ack, 104);
  });
}

test('a stray reset is not answered', async (t) => {
  const lab = new StackLab(t);
  const client = lab.client(4);
  client.segment({ flags: RST, seq: 5 });
  client.segment({ flags: RST | SYN, seq: 5 });
  await lab.machine.barrier();
  assert.equal(client.heard.length, 0);
  assert.equal(lab.waitingFlows, 0);
});

test('a reset that only guesses the window is challenged', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4);
  const before = client.heard.length;
  // RFC 5961 3.2
  client.segment({ flags: RST, seq: client.seq + 1000 });
  const challenge = await client.hears(() => true, before);
  assert.equal(challenge.flags, ACK);
  assert.equal(challenge.ack, client.seq);
  stream.write('still here');
  assert.equal(String(await client.read(10)), 'still here');
});

test('a SYN on an open connection is challenged; the reset that answers frees the port', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4);
  const broken = once(stream, 'error');
  const again = lab.client(4, { ...client.flow, isn: 3_000_000 });
  again.acknowledges = false;
  again.syn();
  // RFC 5961 4.2: the system that has forgotten the old connection resets it.
  const challenge = await again.hears(() => true);
  assert.equal(challenge.flags, ACK);
  again.segment({ flags: RST, seq: challenge.ack, ack: 0 });
  await broken;
  again.acknowledges = true;
  const connected = again.connect();
  await (await lab.nextFlow()).accept();
  await connected;
});

test('a connection whose both ends close at once is over', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4);
  client.acknowledges = false;
  stream.end('bye');
  await client.hears((segment) => (segment.flags & FIN) !== 0);
  // Neither has seen the other's FIN (RFC 9293 3.6, figure 13).
  client.fin();
  assert.equal(await text(stream), '');
  client.expected += 4;
  client.segment({});
  if (!stream.closed) await once(stream, 'close');
});
