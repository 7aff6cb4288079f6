import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, test } from 'node:test';
import { EngineLab } from './engine-lab.ts';
import { MACHINE } from './memory-machine.ts';

let lab: EngineLab;
afterEach(() => lab.close());

/** `proxy` listens on port 1 of this machine (see `EngineLab`); whoever asks is the program behind it. */
function open(rules: readonly string[]): unknown[] {
  lab = new EngineLab(rules);
  const asked: unknown[] = [];
  lab.owns = async (ports, socket) => {
    asked.push([ports, socket]);
    return true;
  };
  return asked;
}

test('the program behind an upstream on this machine goes out directly, whatever the rules say', async () => {
  const asked = open(['MATCH,proxy']);
  const port = await lab.serve((socket) => socket.pipe(socket));
  const client = lab.machine.connect('127.0.0.1', port);
  assert.equal(await client.outcome, 'connected');
  assert.deepEqual(asked, [
    [
      [1],
      {
        network: 'tcp',
        local: { address: MACHINE, port: client.port },
        peer: { address: '127.0.0.1', port },
      },
    ],
  ]);
  assert.deepEqual(lab.proxy.asked, []);
  const [record] = lab.table.live();
  assert.match(record?.ruleText ?? '', /behind an upstream/);
});

test('so do its datagrams', async () => {
  open(['MATCH,REJECT']);
  const server = createSocket('udp4');
  server.on('message', (data, from) => server.send(data, from.port, from.address));
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const app = lab.machine.udp();
  app.send('127.0.0.1', server.address().port, 'hello');
  assert.equal(await app.next(), 'hello');
  server.close();
});

test('other programs of this machine follow the rules', async () => {
  open(['MATCH,REJECT']);
  lab.owns = async () => false;
  assert.equal(await lab.machine.connect('192.0.2.1', 443).outcome, 'reset');
});

test('without an upstream on this machine nobody is looked up', async () => {
  const asked = open(['MATCH,REJECT']);
  lab.policy = lab.policyOf(['MATCH,REJECT'], '', '192.0.2.9');
  assert.equal(await lab.machine.connect('192.0.2.1', 443).outcome, 'reset');
  assert.deepEqual(asked, []);
});
