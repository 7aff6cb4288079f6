import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, test } from 'node:test';
import { UpstreamError } from '../../../../core/api/errors.ts';
import type { DialFailure } from '../../../../core/api/errors.ts';
import { EngineLab } from './engine-lab.ts';

let lab: EngineLab;
afterEach(() => lab.close());

function open(rules: readonly string[], yaml = ''): EngineLab {
  lab = new EngineLab(rules, yaml);
  return lab;
}

function echo(socket: Socket): void {
  socket.pipe(socket);
}

test('a flow is connected after its upstream, and bytes go both ways', async () => {
  open(['MATCH,proxy']);
  const port = await lab.serve(echo);
  lab.proxy.onConnect((_target, signal) => lab.connect(port, signal));
  const client = lab.machine.connect('192.0.2.1', 443);
  assert.equal(await client.outcome, 'connected');
  client.write('hello');
  assert.equal(await client.read(5), 'hello');
  assert.deepEqual(lab.proxy.asked, [{ host: '192.0.2.1', port: 443 }]);
});

test('half-close passes both ways, and the flow ends without an error', async () => {
  open(['MATCH,proxy']);
  const port = await lab.serve((socket) => {
    socket.once('end', () => socket.end('after your end')).resume();
  });
  lab.proxy.onConnect((_target, signal) => lab.connect(port, signal));
  const client = lab.machine.connect('192.0.2.1', 443);
  await client.outcome;
  client.write('question');
  client.end();
  assert.equal(await client.read(14), 'after your end');
  assert.equal(await client.ended, 'fin');
  const record = (await lab.ended()).toInfo();
  assert.deepEqual(
    [record.state, record.error, record.upload, record.download],
    ['closed', null, 8, 14],
  );
});

/** The steps of the flow that ended, in the order in which they came. */
async function stepsOfEnded(): Promise<string[]> {
  const { timeline } = (await lab.ended()).toInfo();
  return Object.entries(timeline)
    .toSorted(([, a], [, b]) => a - b)
    .map(([step]) => step);
}

test('the timeline has every step in its order', async () => {
  open(['MATCH,proxy']);
  const port = await lab.serve((socket) => {
    socket.once('end', () => socket.end('answer')).resume();
  });
  lab.proxy.onConnect((_target, signal) => lab.connect(port, signal));
  const client = lab.machine.connect('192.0.2.1', 443);
  await client.outcome;
  client.write('question');
  client.end();
  await client.ended;
  assert.deepEqual(await stepsOfEnded(), [
    'decided',
    'dialled',
    'connected',
    'accepted',
    'firstUp',
    'firstDown',
    'ended',
  ]);
});

test('the timeline of a flow whose name is read begins with the handshake', async () => {
  open(['DOMAIN,example.com,REJECT', 'MATCH,DIRECT']);
  const client = lab.machine.connect('192.0.2.1', 80);
  await client.outcome;
  client.write('GET / HTTP/1.1\r\nHost: example.com\r\n\r\n');
  await client.ended;
  const { timeline } = (await lab.ended()).toInfo();
  const { accepted = Infinity, decided = -Infinity } = timeline;
  assert(accepted <= decided);
  assert.deepEqual([timeline.dialled, timeline.firstDown], [undefined, undefined]);
});

test('the timeline of a flow that was not connected ends with the dial', async () => {
  open(['MATCH,proxy']);
  lab.proxy.onConnect(() => Promise.reject(new UpstreamError('ERR_TEST', 'refused', 'scripted')));
  await lab.machine.connect('192.0.2.1', 443).outcome;
  assert.deepEqual(await stepsOfEnded(), ['decided', 'dialled', 'ended']);
});

test('the record tells the rule and the chain', async () => {
  open(
    ['DST-PORT,80,DIRECT', 'MATCH,office'],
    'proxy-groups: [{name: office, type: select, proxies: [proxy]}]',
  );
  const port = await lab.serve(echo);
  lab.proxy.onConnect((_target, signal) => lab.connect(port, signal));
  await lab.machine.connect('192.0.2.1', 443).outcome;
  const [record] = lab.table.live();
  assert.deepEqual(record?.toInfo().rule, { index: 1, text: 'MATCH,office' });
  assert.deepEqual(record?.toInfo().chain, ['office', 'proxy']);
});

const failures: readonly (readonly [DialFailure, string])[] = [
  ['refused', 'reset'],
  ['upstream', 'reset'],
  ['host-unreachable', 'icmp 1'],
  ['net-unreachable', 'icmp 0'],
];
for (const [failure, outcome] of failures) {
  test(`an upstream that fails with "${failure}" is heard as ${outcome}`, async () => {
    open(['MATCH,proxy']);
    lab.proxy.onConnect(() => Promise.reject(new UpstreamError('ERR_TEST', failure, 'scripted')));
    assert.equal(await lab.machine.connect('192.0.2.1', 443).outcome, outcome);
    const record = await lab.ended();
    assert.equal(record.state, 'failed');
    assert.equal(record.error?.code, 'ERR_TEST');
  });
}

test('an upstream that times out is heard as nothing', async () => {
  open(['MATCH,proxy']);
  lab.proxy.onConnect(() => Promise.reject(new UpstreamError('ERR_TEST', 'timeout', 'scripted')));
  const client = lab.machine.connect('192.0.2.1', 443);
  await lab.ended();
  const silence = new Promise((resolve) => setTimeout(resolve, 50, 'silence'));
  assert.equal(await Promise.race([client.outcome, silence]), 'silence');
});

test('REJECT is heard as a reset, and asks no upstream', async () => {
  open(['MATCH,REJECT']);
  assert.equal(await lab.machine.connect('192.0.2.1', 443).outcome, 'reset');
  assert.equal((await lab.ended()).state, 'refused');
});

test('REJECT-DROP is heard as nothing', async () => {
  open(['MATCH,REJECT-DROP']);
  const client = lab.machine.connect('192.0.2.1', 443);
  assert.equal((await lab.ended()).state, 'refused');
  const silence = new Promise((resolve) => setTimeout(resolve, 50, 'silence'));
  assert.equal(await Promise.race([client.outcome, silence]), 'silence');
});

test('a rule with a domain reads it from the first bytes, and loses none of them', async () => {
  open(['DOMAIN,example.com,proxy', 'MATCH,REJECT']);
  const port = await lab.serve(echo);
  lab.proxy.onConnect((_target, signal) => lab.connect(port, signal));
  const client = lab.machine.connect('192.0.2.1', 80);
  assert.equal(await client.outcome, 'connected');
  const request = 'GET / HTTP/1.1\r\nHost: example.com\r\n\r\n';
  client.write(request);
  assert.equal(await client.read(request.length), request);
  assert.deepEqual(lab.proxy.asked, [{ host: 'example.com', port: 80 }]);
  const [record] = lab.table.live();
  assert.deepEqual([record?.domain, record?.domainFrom], ['example.com', 'http']);
});

test('DIRECT goes to the address that the application chose, whatever name it says', async () => {
  open(['DOMAIN,example.com,DIRECT', 'MATCH,REJECT']);
  const port = await lab.serve(echo);
  const client = lab.machine.connect('127.0.0.1', port);
  await client.outcome;
  client.write('GET / HTTP/1.1\r\nHost: example.com\r\n\r\n');
  await client.read(10);
  assert.deepEqual(lab.direct.asked, [{ host: '127.0.0.1', port }]);
});

test('a request whose bytes come one at a time is read all the same', async () => {
  open(['DOMAIN,example.com,proxy', 'MATCH,REJECT']);
  const port = await lab.serve(echo);
  lab.proxy.onConnect((_target, signal) => lab.connect(port, signal));
  const client = lab.machine.connect('192.0.2.1', 80);
  await client.outcome;
  const request = 'GET / HTTP/1.1\r\nHost: example.com\r\n\r\n';
  for (const byte of request) client.write(byte);
  assert.equal(await client.read(request.length), request);
});

test('a server that speaks first is reached after the wait for a name', async () => {
  open(['DOMAIN,example.com,REJECT', 'MATCH,proxy'], 'sluice: {sniff-timeout: 20}');
  const port = await lab.serve((socket) => socket.write('220 welcome'));
  lab.proxy.onConnect((_target, signal) => lab.connect(port, signal));
  const client = lab.machine.connect('192.0.2.1', 5000);
  assert.equal(await client.read(11), '220 welcome');
});

test('on the port of a protocol whose server speaks first nothing is waited for', async () => {
  open(['DOMAIN,example.com,proxy', 'MATCH,REJECT']);
  assert.equal(await lab.machine.connect('192.0.2.1', 22).outcome, 'reset');
});

test('an application that says a name and ends its side is still answered', async () => {
  open(['DOMAIN,example.com,proxy', 'MATCH,REJECT']);
  const port = await lab.serve((socket) => {
    let asked = '';
    socket.on('data', (bytes: Buffer) => (asked += bytes.toString()));
    socket.on('end', () => socket.end(`${asked.length} bytes`));
  });
  lab.proxy.onConnect((_target, signal) => lab.connect(port, signal));
  const client = lab.machine.connect('192.0.2.1', 80);
  await client.outcome;
  client.write('GET / HTTP/1.0\r\nHost: example.com\r\n\r\n');
  client.end();
  assert.equal(await client.read(8), '37 bytes');
  assert.equal(await client.ended, 'fin');
});

test('an application that ends its side before it said a name goes on without one', async () => {
  open(['DOMAIN,example.com,REJECT', 'MATCH,proxy']);
  const port = await lab.serve((socket) => socket.on('end', () => socket.end('bye')).resume());
  lab.proxy.onConnect((_target, signal) => lab.connect(port, signal));
  const client = lab.machine.connect('192.0.2.1', 80);
  await client.outcome;
  client.write('GET / HT');
  client.end();
  assert.equal(await client.read(3), 'bye');
});

test('a flow that was accepted for its name is reset when its upstream cannot be reached', async () => {
  open(['DOMAIN,example.com,proxy', 'MATCH,REJECT']);
  lab.proxy.onConnect(() => Promise.reject(new UpstreamError('ERR_TEST', 'timeout', 'scripted')));
  const client = lab.machine.connect('192.0.2.1', 80);
  await client.outcome;
  client.write('GET / HTTP/1.1\r\nHost: example.com\r\n\r\n');
  assert.equal(await client.ended, 'reset');
  assert.equal((await lab.ended()).state, 'failed');
});

test('an application that gave up before its answer leaves no connection to the upstream', async () => {
  open(['MATCH,proxy']);
  const closed = Promise.withResolvers<void>();
  const port = await lab.serve((socket) => socket.resume().on('close', () => closed.resolve()));
  const client = lab.machine.connect('192.0.2.1', 443);
  client.vanish();
  lab.proxy.onConnect((_target, signal) => lab.connect(port, signal));
  const record = await lab.ended();
  assert.equal(record.error?.code, 'ERR_FLOW_VANISHED');
  assert.equal(record.state, 'closed');
  await closed.promise;
});

test('an application that resets after it said its name ends the dial', async () => {
  open(['DOMAIN,example.com,proxy', 'MATCH,REJECT']);
  lab.proxy.onConnect(
    (_target, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  );
  const client = lab.machine.connect('192.0.2.1', 80);
  await client.outcome;
  client.write('GET / HTTP/1.1\r\nHost: example.com\r\n\r\n');
  while (lab.proxy.signals.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  client.reset();
  assert.equal((await lab.ended()).error?.code, 'ERR_FLOW_VANISHED');
});

test('closing a flow resets the application and ends the upstream', async () => {
  open(['MATCH,proxy']);
  const accepted = Promise.withResolvers<Socket>();
  const port = await lab.serve((socket) => accepted.resolve(socket.resume()));
  lab.proxy.onConnect((_target, signal) => lab.connect(port, signal));
  const client = lab.machine.connect('192.0.2.1', 443);
  await client.outcome;
  const remote = await accepted.promise;
  const [record] = lab.table.live();
  while (record?.state !== 'open') await new Promise((resolve) => setTimeout(resolve, 2));
  const gone = new Promise((resolve) => remote.once('close', resolve));
  assert.equal(lab.table.close(record.id), true);
  assert.equal(await client.ended, 'reset');
  await gone;
  assert.equal((await lab.ended()).error?.code, 'ERR_FLOW_CLOSED');
});

test('closing a flow that is still being dialled ends the dial and resets the application', async () => {
  open(['MATCH,proxy']);
  lab.proxy.onConnect(
    (_target, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  );
  const client = lab.machine.connect('192.0.2.1', 443);
  while (lab.proxy.signals.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  const [record] = lab.table.live();
  lab.table.close(record!.id);
  assert.equal(await client.outcome, 'reset');
});

test('an upstream that is no native stream is piped, half-close included', async () => {
  open(['MATCH,proxy']);
  const wire = new PassThrough({ allowHalfOpen: true });
  lab.proxy.onConnect(async () => wire);
  const client = lab.machine.connect('192.0.2.1', 443);
  assert.equal(await client.outcome, 'connected');
  client.write('through a pipe');
  assert.equal(await client.read(14), 'through a pipe');
  client.end();
  assert.equal(await client.ended, 'fin');
  assert.equal((await lab.ended()).toInfo().error, null);
});

test("a destination in the tunnel's own subnet is refused", async () => {
  open(['MATCH,DIRECT']);
  lab.guard.setTunnel(['198.18.0.1/30', '']);
  assert.equal(await lab.machine.connect('198.18.0.2', 80).outcome, 'icmp 1');
  assert.equal((await lab.ended()).error?.code, 'ERR_FLOW_OWN_SUBNET');
});

test('a defect in an upstream resets the flow and is logged with its stack', async () => {
  open(['MATCH,proxy']);
  lab.proxy.onConnect(() => Promise.reject(new TypeError('broken on purpose')));
  assert.equal(await lab.machine.connect('192.0.2.1', 443).outcome, 'reset');
  await lab.ended();
  assert.ok(lab.log.some((line) => line.includes('ERR_INTERNAL') && line.includes('broken on')));
});

test('a new policy decides new flows and leaves open ones alone', async () => {
  open(['MATCH,proxy']);
  const port = await lab.serve(echo);
  lab.proxy.onConnect((_target, signal) => lab.connect(port, signal));
  const before = lab.machine.connect('192.0.2.1', 443);
  await before.outcome;
  lab.policy = lab.policyOf(['MATCH,REJECT']);
  assert.equal(await lab.machine.connect('192.0.2.1', 443).outcome, 'reset');
  before.write('still here');
  assert.equal(await before.read(10), 'still here');
});

test('mode direct and mode global decide without the rules', async () => {
  open(['MATCH,REJECT'], 'mode: global');
  const port = await lab.serve(echo);
  lab.proxy.onConnect((_target, signal) => lab.connect(port, signal));
  assert.equal(await lab.machine.connect('192.0.2.1', 443).outcome, 'connected');
  lab.policy = lab.policyOf(['MATCH,REJECT'], 'mode: direct');
  assert.equal(await lab.machine.connect('127.0.0.1', port).outcome, 'connected');
  assert.deepEqual(
    [...lab.table.live()].map((record) => record.ruleText),
    ['mode: global', 'mode: direct'],
  );
});

test('"ipv6: false" has no effect on IPv4', async () => {
  open(['MATCH,REJECT'], 'ipv6: false');
  assert.equal(await lab.machine.connect('192.0.2.1', 443).outcome, 'reset');
});
