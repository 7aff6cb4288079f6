import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACK, RST, SYN } from '../../../packets/tcp.ts';
import { appAddress, farAddress, families, StackLab } from './stack-lab.ts';

for (const family of families) {
  test(`IPv${family}: a SYN is held, and told with its addresses`, async (t) => {
    const lab = new StackLab(t);
    const client = lab.client(family, { dstPort: 443 });
    client.syn();
    const flow = await lab.nextFlow();
    await lab.machine.barrier();
    assert.deepEqual(
      { src: flow.src, srcPort: flow.srcPort, dst: flow.dst, dstPort: flow.dstPort },
      {
        src: appAddress[family],
        srcPort: client.flow.srcPort,
        dst: farAddress[family],
        dstPort: 443,
      },
    );
    assert.equal(client.heard.length, 0);
    assert.equal(lab.stack.counters()['halfOpenNow'], 1);
  });

  test(`IPv${family}: accept lets the handshake begin, with an MSS that fits the MTU`, async (t) => {
    const lab = new StackLab(t);
    const client = lab.client(family, { isn: 0xffff_ffff });
    const connected = client.connect();
    const stream = await (await lab.nextFlow()).accept();
    await connected;
    const [synAck] = client.heard;
    assert.equal(synAck?.flags, SYN | ACK);
    assert.equal(synAck.ack, 0, 'sequence numbers wrap');
    assert.equal(synAck.options.readUInt16BE(2), 1500 - (family === 4 ? 40 : 60));
    assert.equal(stream.destroyed, false);
    assert.equal(lab.stack.counters()['halfOpenNow'], 0);
    assert.equal(lab.stack.counters()['flowsEstablished'], 1);
  });

  test(`IPv${family}: a SYN that is sent again while it is held opens no second flow`, async (t) => {
    const lab = new StackLab(t);
    const client = lab.client(family);
    client.syn();
    client.syn();
    await lab.nextFlow();
    await lab.machine.barrier();
    assert.equal(lab.waitingFlows, 0);
    assert.equal(lab.stack.counters()['flowsOpened'], 1);
  });

  test(`IPv${family}: the newest SYN of a held flow is the one that is answered`, async (t) => {
    const lab = new StackLab(t);
    const first = lab.client(family, { isn: 1000 });
    first.syn();
    const flow = await lab.nextFlow();
    const second = lab.client(family, { ...first.flow, isn: 5_000_000 });
    const connected = second.connect();
    await lab.machine.barrier();
    await Promise.all([flow.accept(), connected]);
    assert.equal(second.heard[0]?.ack, 5_000_001);
  });

  test(`IPv${family}: an application that gave up resets the flow it is offered`, async (t) => {
    const lab = new StackLab(t);
    const client = lab.client(family);
    client.acknowledges = false;
    client.syn();
    const accepted = (await lab.nextFlow()).accept();
    const synAck = await client.hears((segment) => segment.flags === (SYN | ACK));
    client.segment({ flags: RST, seq: synAck.ack, ack: 0 });
    await assert.rejects(accepted, { code: 'ERR_FLOW_VANISHED' });
    assert.equal(lab.stack.counters()['flowsNow'], 0);
    assert.equal(lab.stack.counters()['halfOpenNow'], 0);
  });
}

test('a SYN with a payload is accepted without it', async (t) => {
  const lab = new StackLab(t);
  const client = lab.client(4);
  client.segment({ flags: SYN, seq: 1000, ack: 0, data: Buffer.from('early') });
  client.seq = 1001;
  const stream = await (await lab.nextFlow()).accept();
  client.send('early');
  stream.resume();
  const [data] = await new Promise<Buffer[]>((resolve) =>
    stream.once('data', (bytes: Buffer) => resolve([bytes])),
  );
  assert.equal(String(data), 'early');
});

test('initial sequence numbers tell nothing about those of other flows, or of another run', async (t) => {
  const numbersOf = async (lab: StackLab): Promise<number[]> => {
    const numbers: number[] = [];
    for (let n = 0; n < 16; n += 1) {
      // The ports are the same in each lab.
      const { client } = await lab.open(4);
      numbers.push(client.heard[0]!.seq);
    }
    return numbers;
  };
  const numbers = await numbersOf(new StackLab(t));
  // Of random ones, one step in 128 is this short; those that count up by time have no other.
  const long = numbers.filter((number, n) => {
    const step = (number - (numbers[n - 1] ?? 0)) >>> 0;
    return Math.min(step, 2 ** 32 - step) > 2 ** 24;
  });
  assert.ok(long.length > 8, numbers.join());
  assert.notDeepEqual(await numbersOf(new StackLab(t)), numbers);
});
