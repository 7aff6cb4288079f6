import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Refusal } from '../../../../core/native/binding.d.ts';
import type { Family } from '../../../packets/address.ts';
import { parseUnreachable } from '../../../packets/icmp.ts';
import { ICMP, ICMP6 } from '../../../packets/ip.ts';
import { ACK, RST } from '../../../packets/tcp.ts';
import { appAddress, farAddress, families, StackLab } from './stack-lab.ts';

/** RFC 792, RFC 1812 5.2.7.1; RFC 4443 3.1. */
const codes: readonly (readonly [Refusal, Readonly<Record<Family, number>>])[] = [
  ['net-unreachable', { 4: 0, 6: 0 }],
  ['host-unreachable', { 4: 1, 6: 3 }],
  ['port-unreachable', { 4: 3, 6: 4 }],
  ['prohibited', { 4: 13, 6: 1 }],
];

for (const family of families) {
  test(`IPv${family}: a refused SYN is reset`, async (t) => {
    const lab = new StackLab(t);
    const client = lab.client(family, { isn: 7000 });
    client.syn();
    (await lab.nextFlow()).refuse('reset');
    assert.equal(await client.ended(), 'reset');
    assert.equal(client.heard[0]?.flags, RST | ACK);
    assert.equal(client.heard[0].ack, 7001);
    assert.equal(lab.stack.counters()['flowsNow'], 0);
  });

  for (const [how, code] of codes) {
    test(`IPv${family}: a SYN refused as ${how} is answered with ICMP that quotes it`, async (t) => {
      const lab = new StackLab(t);
      const client = lab.client(family);
      client.syn();
      (await lab.nextFlow()).refuse(how);
      const answer = await lab.machine.next();
      assert.equal(answer.protocol, family === 4 ? ICMP : ICMP6);
      assert.equal(answer.src, farAddress[family]);
      assert.equal(answer.dst, appAddress[family]);
      const { code: told, quoted } = parseUnreachable(answer);
      assert.equal(told, code[family]);
      assert.equal(quoted.readUInt16BE(family === 4 ? 20 : 40), client.flow.srcPort);
      assert.equal(client.heard.length, 0);
    });
  }

  test(`IPv${family}: a dropped SYN is not answered, and may come again`, async (t) => {
    const lab = new StackLab(t);
    const client = lab.client(family);
    client.syn();
    (await lab.nextFlow()).refuse('drop');
    await lab.machine.barrier();
    assert.equal(client.heard.length + lab.machine.waiting, 0);
    client.syn();
    await lab.nextFlow();
    assert.equal(lab.stack.counters()['flowsOpened'], 2);
  });

  test(`IPv${family}: an open flow that is refused is reset`, async (t) => {
    const lab = new StackLab(t);
    const client = lab.client(family);
    const connected = client.connect();
    const flow = await lab.nextFlow();
    const stream = await flow.accept();
    await connected;
    const closed = new Promise((resolve) => stream.once('close', resolve));
    stream.on('error', () => undefined);
    flow.refuse('port-unreachable');
    assert.equal(await client.ended(), 'reset');
    await closed;
  });
}

test('a flow that was refused is gone: what is asked of it afterwards does nothing', async (t) => {
  const lab = new StackLab(t);
  const client = lab.client(4);
  client.syn();
  const flow = await lab.nextFlow();
  flow.refuse('reset');
  flow.refuse('reset');
  await assert.rejects(flow.accept(), { code: 'ERR_FLOW_VANISHED' });
  await lab.machine.barrier();
  assert.equal(client.heard.length, 1);
});
