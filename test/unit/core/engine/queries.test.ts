/** Captured queries are answered by the resolver, in the place of whoever was asked. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, test } from 'node:test';
import type { ClientInfo } from '../../../../core/dns/exchange.ts';
import { EngineLab } from './engine-lab.ts';
import { MACHINE } from './memory-machine.ts';

let lab: EngineLab;
afterEach(() => lab.close());

/** Answers in upper case, `later:` with a delay, `nothing` not at all. */
function open(rules: readonly string[] = ['MATCH,REJECT']): { readonly clients: ClientInfo[] } {
  const clients: ClientInfo[] = [];
  lab = new EngineLab(rules);
  lab.useNames(
    () => null,
    (message, client) => {
      clients.push(client);
      const text = message.toString();
      if (text === 'nothing') return null;
      const reply = Buffer.from(text.toUpperCase());
      if (!text.startsWith('later')) return reply;
      return new Promise((resolve) => setTimeout(resolve, 20, reply));
    },
  );
  return { clients };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}

test('datagrams: at once where the answer is known, later where it is not', async () => {
  const { clients } = open();
  const app = lab.machine.udp();
  app.send('192.0.2.53', 53, 'hello');
  assert.equal(await app.next(), 'HELLO');
  assert.equal(app.lastSource, '192.0.2.53');
  app.send('198.51.100.53', 53, 'later');
  app.send('192.0.2.53', 53, 'nothing');
  assert.equal(await app.next(), 'LATER');
  assert.equal(app.lastSource, '198.51.100.53');
  assert.deepEqual(clients[0], { address: MACHINE, port: app.port, transport: 'udp' });
  // Queries have a list of their own.
  assert.equal(lab.table.liveCount + lab.table.endedCount, 0);
});

test('applying a configuration loses no answer', async () => {
  const { clients } = open();
  const app = lab.machine.udp();
  app.send('192.0.2.53', 53, 'later');
  await until(() => clients.length > 0);
  lab.reconsider();
  assert.equal(await app.next(), 'LATER');
});

test('streams: the flow is listed, and ends with the stream', async () => {
  const { clients } = open();
  const client = lab.machine.connect('192.0.2.53', 53);
  assert.equal(await client.outcome, 'connected');
  client.write(Buffer.concat([Buffer.of(0, 5), Buffer.from('hello')]));
  assert.equal(await client.read(7), '\0\x05HELLO');
  assert.deepEqual(clients[0], { address: MACHINE, port: client.port, transport: 'tcp' });
  assert.equal([...lab.table.live()][0]?.toInfo().rule?.text, 'tun.dns-hijack');
  client.end();
  assert.equal(await client.ended, 'fin');
  assert.equal((await lab.ended()).download, 7);
});

test('the name of a made-up address stays while a flow lives', async () => {
  open(['MATCH,proxy']);
  lab.useNames(() => ({ domain: 'site.example', kind: 'fake' }));
  const port = await lab.serve((socket) => socket.pipe(socket));
  lab.proxy.onConnect((_target, signal) => lab.connect(port, signal));
  const client = lab.machine.connect('198.18.5.5', 443);
  assert.equal(await client.outcome, 'connected');
  assert.deepEqual(lab.held, ['198.18.5.5']);
  client.end();
  await lab.ended();
  await until(() => lab.held.length === 0);
});

test('a resolver on this machine that we ask is not answered by us: its queries go out', async () => {
  const { clients } = open(['MATCH,REJECT']);
  lab.resolverPorts = [53];
  lab.owns = async (ports, { local }) => ports.includes(53) && local.port === resolverPort;
  const echo = createSocket('udp4', (data, from) => echo.send(data, from.port, from.address));
  const dnsPort = 53;
  echo.bind(dnsPort, '127.0.0.53');
  await once(echo, 'listening');
  const asking = lab.machine.udp();
  const resolverPort = asking.port;
  asking.send('127.0.0.53', dnsPort, 'hello');
  assert.equal(await asking.next(), 'hello', 'from the server itself');
  const program = lab.machine.udp();
  program.send('127.0.0.53', dnsPort, 'hello');
  assert.equal(await program.next(), 'HELLO');
  assert.equal(clients.length, 1);
  echo.close();
});
