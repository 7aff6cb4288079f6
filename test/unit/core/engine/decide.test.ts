/** What a flow is known by when the rules are asked, and what an upstream is asked for. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { FlowRecord } from '../../../../core/engine/flow-table.ts';
import { clientHello, extension, records, serverName } from '../sniff/client-hello.ts';
import { EngineLab } from './engine-lab.ts';

let lab: EngineLab;
afterEach(() => lab.close());

const FAKE = '198.18.5.5';

/** A lab in which the proxy and DIRECT both lead to an echo server, whatever they are asked for. */
async function open(rules: readonly string[], yaml = ''): Promise<EngineLab> {
  lab = new EngineLab(rules, yaml);
  const port = await lab.serve((socket) => socket.pipe(socket));
  lab.proxy.onConnect((_target, signal) => lab.connect(port, signal));
  lab.direct.onConnect((_target, signal) => lab.connect(port, signal));
  lab.useNames((address) => {
    if (address === FAKE) return { domain: 'www.example.com', kind: 'fake' };
    if (address === '192.0.2.9') return { domain: 'mapped.example.com', kind: 'mapped' };
    return address.startsWith('198.18.') ? 'unknown-fake' : null;
  });
  return lab;
}

async function connect(dst: string, dstPort = 443): Promise<FlowRecord> {
  assert.equal(await lab.machine.connect(dst, dstPort).outcome, 'connected');
  const [record] = lab.table.live();
  return record!;
}

test('a made-up address stands for its name: rules see it, a proxy is asked for it', async () => {
  await open(['DOMAIN-SUFFIX,example.com,proxy', 'MATCH,REJECT']);
  const info = (await connect(FAKE)).toInfo();
  assert.deepEqual(lab.proxy.asked, [{ host: 'www.example.com', port: 443 }]);
  assert.deepEqual(
    [info.domain, info.domainFrom, info.host, info.upstream, info.destination.address],
    ['www.example.com', 'fake-ip', 'www.example.com', 'proxy', FAKE],
  );
});

test('DIRECT is asked for the name of a made-up address', async () => {
  await open(['MATCH,DIRECT']);
  await connect(FAKE);
  assert.deepEqual(lab.direct.asked, [{ host: 'www.example.com', port: 443 }]);
});

test('a made-up address matches no address rule; that of its name does', async () => {
  await open(['IP-CIDR,198.18.0.0/16,REJECT', 'IP-CIDR,203.0.113.0/24,proxy', 'MATCH,REJECT']);
  const asked: string[] = [];
  lab.sources.resolve = async (domain) => {
    asked.push(domain);
    return ['203.0.113.7', '2001:db8::1'];
  };
  await connect(FAKE);
  assert.deepEqual(asked, ['www.example.com'], 'looked up once');
  assert.deepEqual(lab.proxy.asked, [{ host: 'www.example.com', port: 443 }]);
});

test('a name that has no address passes over address rules', async () => {
  await open(['IP-CIDR,0.0.0.0/0,REJECT', 'MATCH,proxy']);
  await connect(FAKE);
});

test('nothing is looked up where no address rule comes first', async () => {
  await open(['DOMAIN,www.example.com,proxy', 'IP-CIDR,0.0.0.0/0,REJECT', 'MATCH,REJECT']);
  lab.sources.resolve = () => assert.fail('looked up');
  await connect(FAKE);
});

test('a made-up address that nobody remembers is refused at once', async () => {
  await open(['MATCH,DIRECT']);
  assert.equal(await lab.machine.connect('198.18.6.6', 443).outcome, 'icmp 1');
  const record = await lab.ended();
  assert.deepEqual([record.state, record.error?.code], ['refused', 'ERR_FLOW_STALE_FAKE_IP']);
  const app = lab.machine.udp();
  app.send('198.18.6.6', 443, 'hello');
  assert.equal(await app.next(), 'icmp 1');
});

test('so is one that an earlier configuration made up', async () => {
  await open(['MATCH,DIRECT'], 'dns: {enhanced-mode: redir-host, fake-ip-range: 198.19.0.0/16}');
  assert.equal(await lab.machine.connect('198.19.1.2', 443).outcome, 'icmp 1');
  assert.equal((await lab.ended()).error?.code, 'ERR_FLOW_STALE_FAKE_IP');
});

test('a name that a lookup gave: a proxy is asked for it, DIRECT for the address', async () => {
  await open(['DST-PORT,443,proxy', 'DOMAIN,mapped.example.com,DIRECT', 'MATCH,REJECT']);
  await connect('192.0.2.9');
  assert.deepEqual(lab.proxy.asked, [{ host: 'mapped.example.com', port: 443 }]);
  assert.equal(await lab.machine.connect('192.0.2.9', 80).outcome, 'connected');
  assert.deepEqual(lab.direct.asked, [{ host: '192.0.2.9', port: 80 }]);
});

test('sniffer: the name takes the place of the address for DIRECT, too', async () => {
  await open(['MATCH,DIRECT'], 'sniffer: {enable: true, sniff: {HTTP: {ports: [80]}}}');
  const client = lab.machine.connect('192.0.2.1', 80);
  assert.equal(await client.outcome, 'connected');
  const request = 'GET / HTTP/1.1\r\nHost: site.example\r\n\r\n';
  client.write(request);
  assert.equal(await client.read(request.length), request);
  assert.deepEqual(lab.direct.asked, [{ host: 'site.example', port: 80 }]);
});

test('sniffer: a flow to another port is not looked at, and has no name for rules', async () => {
  await open(['DOMAIN,x.example,REJECT', 'MATCH,proxy'], 'sniffer: {enable: true, sniff: {TLS: }}');
  const info = (await connect('192.0.2.1', 8443)).toInfo();
  assert.deepEqual([info.domain, info.sniffed], [null, null]);
});

test('a hidden ClientHello is said to be one, and its outer name is for rules alone', async () => {
  await open(['DOMAIN,outer.example,proxy', 'MATCH,REJECT']);
  const client = lab.machine.connect('192.0.2.1', 443);
  assert.equal(await client.outcome, 'connected');
  const hello = clientHello([serverName('outer.example'), extension(0xfe0d, Buffer.of(0))]);
  client.write(records(hello));
  await client.read(1);
  const [record] = lab.table.live();
  assert.deepEqual(record?.toInfo().sniffed, {
    domain: 'outer.example',
    protocol: 'tls',
    ech: true,
  });
  assert.deepEqual(lab.proxy.asked, [{ host: '192.0.2.1', port: 443 }]);
});

test('zone and process are shown; the process only where somebody asks', async () => {
  const program = { name: 'curl', path: '/usr/bin/curl', uid: 1000 };
  await open(['MATCH,proxy'], 'find-process-mode: always');
  lab.sources.zoneOf = () => 'container';
  lab.sources.processOf = async () => program;
  const record = await connect('192.0.2.1');
  assert.deepEqual([record.toInfo().zone, record.toInfo().process], ['container', program]);
});

test('without a rule that needs it nobody looks for the process', async () => {
  await open(['MATCH,proxy']);
  lab.sources.processOf = () => assert.fail('looked for');
  assert.equal((await connect('192.0.2.1')).toInfo().process, null);
});

test('a flow whose source was rewritten is of where it came from, and no program of this machine', async () => {
  await open(['ZONE,container,proxy', 'MATCH,REJECT'], 'find-process-mode: always');
  lab.sources.originOf = () => ({ address: '172.17.0.2', port: 4242 });
  lab.sources.zoneOf = (address) => (address === '172.17.0.2' ? 'container' : 'host');
  lab.sources.processOf = () => assert.fail('looked for');
  const { source, zone, process } = (await connect('192.0.2.1')).toInfo();
  assert.deepEqual(
    { source, zone, process },
    { source: { address: '172.17.0.2', port: 4242 }, zone: 'container', process: null },
  );
});
