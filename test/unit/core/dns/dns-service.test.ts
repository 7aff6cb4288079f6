import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { openLab, tcp } from './dns-lab.ts';
import { a, answersOf, query, read, reply, soa } from './messages.ts';
import { hostsOf, nameSetsOf } from './scripted-exchange.ts';

const REAL = '{enhanced-mode: redir-host}';

test('what is not ours to answer is forwarded, with the id, case and RD of the asker', async () => {
  await using lab = await openLab();
  lab.exchange.script = (message) => {
    const [question] = read(message).questions ?? [];
    assert.equal(message.readUInt16BE(0), 0);
    return reply(message, {
      answers: [{ type: 'TXT', name: question?.name ?? '', data: 'hello', ttl: 60 }],
    });
  };
  const answer = read((await lab.ask(query('Site.TEST', 'TXT', { id: 4711, flags: 0x100 })))!);
  assert.equal(answer.id, 4711);
  assert.equal(answer.questions?.[0]?.name, 'Site.TEST');
  assert.ok(answer.flag_rd && answer.flag_ra && answer.flag_qr && !answer.flag_aa);
  assert.equal(answer.additionals?.length, 0, 'who does not speak EDNS is not spoken to in it');
  assert.deepEqual(lab.exchange.asked, [{ name: 'site.test', type: 16 }]);
});

test('in fake-ip mode a name has one address in each family, and they lead back to it', async () => {
  await using lab = await openLab();
  const [four] = answersOf((await lab.ask(query('Site.test', 'A')))!);
  const [six] = answersOf((await lab.ask(query('site.TEST', 'AAAA')))!);
  assert.match(four!, /^198\.18\.\d+\.\d+$/);
  assert.match(six!, /^fdfe:dcba:9876:/);
  assert.equal(lab.exchange.asked.length, 0);
  const known = { domain: 'site.test', kind: 'fake' };
  assert.deepEqual(lab.service.names.lookup(four!), known);
  assert.deepEqual(lab.service.names.lookup(six!), known);
  assert.equal(read((await lab.ask(query('site.test', 'A')))!).answers?.[0]?.type, 'A');
  assert.deepEqual(answersOf((await lab.ask(query('site.test', 'A')))!), [four]);
});

test('a fake answer may be kept for a second, and says nothing of endpoints', async () => {
  await using lab = await openLab();
  const [record] = read((await lab.ask(query('site.test', 'A')))!).answers ?? [];
  assert.ok(record !== undefined && 'ttl' in record && record.ttl === 1);
  const https = read((await lab.ask(query('site.test', 'UNKNOWN_65')))!);
  assert.equal(https.rcode, 'NOERROR');
  assert.deepEqual(https.answers, []);
  assert.equal(lab.exchange.asked.length, 0);
});

test('the reverse name of a fake address is its name; one without a name does not exist', async () => {
  await using lab = await openLab();
  const [address] = answersOf((await lab.ask(query('site.test', 'A')))!);
  const reversed = `${address!.split('.').reverse().join('.')}.in-addr.arpa`;
  assert.deepEqual(answersOf((await lab.ask(query(reversed, 'PTR')))!), ['site.test']);
  const unknown = (await lab.ask(query('9.9.18.198.in-addr.arpa', 'PTR')))!;
  assert.equal(read(unknown).rcode, 'NXDOMAIN');
  assert.equal(lab.service.names.lookup('198.18.9.9'), 'unknown-fake');
  assert.equal(lab.exchange.asked.length, 0);
});

test('a pool whose every address is in use says so, and the resolution of others goes on', async () => {
  await using lab = await openLab({ dns: '{fake-ip-range: 198.18.0.0/28}' });
  const ask = async (name: string): Promise<string | undefined> =>
    answersOf((await lab.ask(query(name, 'A')))!)[0];
  const { fakeCapacity } = lab.service.totals();
  for (let n = 0; n < fakeCapacity; n += 1) lab.service.names.hold((await ask(`n${n}.test`))!);
  assert.equal(read((await lab.ask(query('more.test', 'A')))!).rcode, 'SERVFAIL');
  assert.equal(lab.service.totals().poolFull, 1);
  assert.ok(lab.lines.some((line) => line.includes('warning FAKE_IP_FULL')));
  const first = await ask('n0.test');
  assert.equal(await ask('n0.test'), first);
  lab.service.names.release(first!);
  assert.equal(await ask('more.test'), first);
  assert.deepEqual(lab.service.names.lookup(first!), { domain: 'more.test', kind: 'fake' });
});

test('names of this network, and those of the filter, get their true addresses', async () => {
  await using lab = await openLab({
    dns: "{fake-ip-filter: ['+.real.test', 'geosite:bank', 'rule-set:own', '*.one.test']}",
    sets: nameSetsOf({ 'geosite:bank': ['bank.test'], 'rule-set:own': ['own.test'] }),
  });
  lab.exchange.script = (message) => {
    const name = read(message).questions?.[0]?.name ?? '';
    return reply(message, { answers: [a(name, '192.0.2.1')] });
  };
  for (const name of [
    'printer',
    'nas.local',
    'a.real.test',
    'bank.test',
    'own.test',
    'a.one.test',
  ]) {
    assert.deepEqual(answersOf((await lab.ask(query(name, 'A')))!), ['192.0.2.1'], name);
  }
  for (const name of ['other.test', 'x.a.one.test', 'xreal.test']) {
    assert.match(answersOf((await lab.ask(query(name, 'A')))!)[0]!, /^198\.18\./, name);
  }
});

test('as a whitelist the filter names those that get fake addresses', async () => {
  await using lab = await openLab({
    dns: "{fake-ip-filter-mode: whitelist, fake-ip-filter: ['+.fake.test']}",
  });
  lab.exchange.script = (message) => reply(message, { answers: [a('x.test', '192.0.2.1')] });
  assert.deepEqual(answersOf((await lab.ask(query('x.test', 'A')))!), ['192.0.2.1']);
  assert.match(answersOf((await lab.ask(query('x.fake.test', 'A')))!)[0]!, /^198\.18\./);
});

test('true addresses that were given out lead back to their name', async () => {
  await using lab = await openLab({ dns: REAL });
  lab.exchange.script = (message) =>
    reply(message, { answers: [a('site.test', '192.0.2.1'), a('site.test', '192.0.2.2')] });
  await lab.ask(query('site.test', 'A'));
  const known = { domain: 'site.test', kind: 'mapped' };
  assert.deepEqual(lab.service.names.lookup('192.0.2.2'), known);
  assert.equal(lab.service.names.lookup('192.0.2.3'), null);
  // The name that was asked for last is the one that is meant.
  await lab.ask(query('other.test', 'A'));
  await lab.ask(query('site.test', 'A'));
  assert.deepEqual(lab.service.names.lookup('192.0.2.1'), known);
});

test('ipv6: false answers AAAA empty, without asking anybody', async () => {
  await using lab = await openLab({ dns: '{ipv6: false, enhanced-mode: redir-host}' });
  const answer = read((await lab.ask(query('site.test', 'AAAA')))!);
  assert.deepEqual([answer.rcode, answer.answers?.length], ['NOERROR', 0]);
  assert.equal(lab.exchange.asked.length, 0);
});

test('the hosts come before everything: addresses, aliases, and no hints beside them', async () => {
  await using lab = await openLab({
    hosts: hostsOf({
      'box.test': { kind: 'addresses', addresses: ['192.0.2.7', '2001:db8::7'] },
      'alias.test': { kind: 'alias', name: 'true.local' },
      'ring.test': { kind: 'alias', name: 'ring.test' },
    }),
  });
  lab.exchange.script = (message) => reply(message, { answers: [a('true.local', '192.0.2.8')] });
  assert.deepEqual(answersOf((await lab.ask(query('box.test', 'A')))!), ['192.0.2.7']);
  assert.deepEqual(answersOf((await lab.ask(query('BOX.test', 'AAAA')))!), ['2001:db8::7']);
  assert.deepEqual(answersOf((await lab.ask(query('box.test', 'UNKNOWN_65')))!), []);
  const alias = (await lab.ask(query('Alias.test', 'A', { udpSize: 1232 })))!;
  assert.deepEqual(answersOf(alias), ['true.local', '192.0.2.8']);
  assert.equal(read(alias).questions?.[0]?.name, 'Alias.test');
  assert.equal(read((await lab.ask(query('ring.test', 'A')))!).rcode, 'SERVFAIL');
});

test('an address of the hosts leads back to its name', async () => {
  await using lab = await openLab({
    dns: REAL,
    hosts: hostsOf({ 'box.test': { kind: 'addresses', addresses: ['192.0.2.7'] } }),
  });
  const answer = (await lab.ask(query('7.2.0.192.in-addr.arpa', 'PTR')))!;
  assert.deepEqual(answersOf(answer), ['box.test']);
  await lab.ask(query('8.2.0.192.in-addr.arpa', 'PTR'));
  assert.equal(lab.exchange.asked.length, 1);
});

test('queries beyond those that may wait are told so, and the others get their answers', async () => {
  await using lab = await openLab({ dns: REAL });
  const { promise, resolve } = Promise.withResolvers<null>();
  lab.exchange.script = async (message, { name }) => {
    await promise;
    return reply(message, { answers: [a(name, '192.0.2.1')] });
  };
  const message = query('slow.test', 'A');
  const asked = Array.from({ length: 8300 }, () => lab.ask(message));
  resolve(null);
  const answers = await Promise.all(asked);
  const failed = answers.filter((answer) => read(answer!).rcode === 'SERVFAIL');
  assert.deepEqual([failed.length, lab.exchange.asked.length], [8300 - 8192, 1]);
});

test('names that mean the same everywhere are not asked for', async () => {
  await using lab = await openLab();
  assert.deepEqual(answersOf((await lab.ask(query('a.localhost', 'A')))!), ['127.0.0.1']);
  assert.deepEqual(answersOf((await lab.ask(query('localhost', 'AAAA')))!), ['::1']);
  const rcodes: Readonly<Record<string, string>> = {
    'x.invalid': 'NXDOMAIN',
    'use-application-dns.net': 'NXDOMAIN',
    '_dns.resolver.arpa': 'NOERROR',
  };
  for (const [name, rcode] of Object.entries(rcodes)) {
    assert.equal(read((await lab.ask(query(name, 'TXT')))!).rcode, rcode, name);
  }
  assert.equal(lab.exchange.asked.length, 0);
});

test('what does not fit a datagram is truncated, and is whole over TCP', async () => {
  await using lab = await openLab({ dns: REAL });
  const many = Array.from({ length: 60 }, (_, index) => a('site.test', `192.0.2.${index}`));
  lab.exchange.script = (message) => reply(message, { answers: many });
  const ask = async (udpSize: number | null): Promise<[boolean, number, number]> => {
    const message = (await lab.ask(query('site.test', 'A', { udpSize })))!;
    const { flag_tc, answers = [] } = read(message);
    return [flag_tc, answers.length, message.length];
  };
  assert.deepEqual((await ask(null)).slice(0, 2), [true, 0]);
  assert.deepEqual((await ask(512)).slice(0, 2), [true, 0]);
  const [truncated, answers, size] = await ask(4096);
  assert.deepEqual([truncated, answers], [true, 0], 'more than our own limit would be fragmented');
  assert.ok(size < 512);
  const whole = read((await lab.ask(query('site.test', 'A'), tcp))!);
  assert.deepEqual([whole.flag_tc, whole.answers?.length], [false, 60]);
});

test('each kind of bad query is answered as the standards say, and counted', async () => {
  await using lab = await openLab();
  assert.equal(await lab.ask(Buffer.alloc(5)), null);
  const broken = query('a.test', 'A');
  broken.writeUInt16BE(3, 4);
  assert.equal(read((await lab.ask(broken))!).rcode, 'FORMERR');
  assert.equal(read((await lab.ask(query('a.test', 'AXFR')))!).rcode, 'REFUSED');
  const badVersion = query('a.test', 'A', { udpSize: 1232 });
  badVersion[badVersion.length - 5] = 1;
  const opt = read((await lab.ask(badVersion))!).additionals?.[0];
  assert.ok(opt?.type === 'OPT' && opt.extendedRcode === 1 && opt.ednsVersion === 0);
  const { malformed, refused } = lab.service.totals();
  assert.deepEqual([malformed, refused], [2, 2]);
});

test('servers that give no usable answer make a failure, and the next name goes on', async () => {
  await using lab = await openLab({ dns: REAL });
  const bad: Readonly<Record<string, (message: Buffer) => Buffer | null>> = {
    'dead.test': () => null,
    'garbage.test': () => Buffer.from('garbage'),
    'other.test': () => reply(query('evil.test', 'A'), { answers: [a('evil.test', '192.0.2.6')] }),
    'refused.test': (message) => reply(message, { rcode: 5 }),
    'good.test': (message) => reply(message, { answers: [a('good.test', '192.0.2.1')] }),
  };
  lab.exchange.script = (message, { name }) => bad[name]!(message);
  const rcode = async (name: string): Promise<string> =>
    read((await lab.ask(query(name, 'A')))!).rcode;
  assert.equal(await rcode('dead.test'), 'SERVFAIL');
  assert.equal(await rcode('garbage.test'), 'SERVFAIL');
  assert.equal(await rcode('other.test'), 'SERVFAIL');
  assert.equal(await rcode('refused.test'), 'REFUSED');
  assert.equal(await rcode('good.test'), 'NOERROR');
  const { failed, badReplies, forwarded } = lab.service.totals();
  assert.deepEqual([failed, badReplies, forwarded], [4, 2, 1]);
  assert.ok(lab.lines.some((line) => line.includes('DNS_BAD_REPLY')));
});

test('a name that does not exist is remembered, and so is its negative type', async () => {
  await using lab = await openLab({ dns: REAL });
  lab.exchange.script = (message) => reply(message, { rcode: 3, authorities: [soa('test', 60)] });
  for (let n = 0; n < 2; n += 1) {
    assert.equal(read((await lab.ask(query('none.test', 'A')))!).rcode, 'NXDOMAIN');
  }
  assert.equal(lab.exchange.asked.length, 1);
});

test('another configuration keeps the fake addresses, and drops the answers', async () => {
  await using lab = await openLab();
  const before = answersOf((await lab.ask(query('site.test', 'A')))!);
  lab.exchange.script = (message) => reply(message);
  await lab.ask(query('site.test', 'TXT'));
  await lab.service.apply(lab.setup({ dns: "{fake-ip-filter: ['other.test']}" }));
  assert.deepEqual(answersOf((await lab.ask(query('site.test', 'A')))!), before);
  await lab.ask(query('site.test', 'TXT'));
  assert.equal(lab.exchange.asked.length, 2);
  await lab.service.apply(lab.setup({ dns: '{fake-ip-range: 100.64.0.0/16}' }));
  assert.match(answersOf((await lab.ask(query('site.test', 'A')))!)[0]!, /^100\.64\./);
  assert.equal(lab.service.names.lookup(before[0]!), null);
});

test('a configuration that says the same of DNS keeps the answers; who waits gets his in any case', async () => {
  await using lab = await openLab({ dns: REAL });
  const { promise, resolve } = Promise.withResolvers<null>();
  lab.exchange.script = async (message, { name }) => {
    if (name === 'slow.test') await promise;
    return reply(message, { answers: [a(name, '192.0.2.1')] });
  };
  await lab.ask(query('site.test', 'A'));
  const slow = lab.ask(query('slow.test', 'A'));
  await lab.service.apply(lab.setup({ dns: REAL }));
  await lab.ask(query('site.test', 'A'));
  assert.equal(lab.service.totals().cached, 1);
  await lab.service.apply(lab.setup({ dns: '{enhanced-mode: redir-host, cache-max-size: 100}' }));
  resolve(null);
  assert.deepEqual(answersOf((await slow)!), ['192.0.2.1']);
});

test('the log says of each query who answered it', async () => {
  await using lab = await openLab({
    hosts: hostsOf({ 'box.test': { kind: 'addresses', addresses: ['192.0.2.7'] } }),
  });
  lab.exchange.script = (message, { name }) =>
    name === 'dead.test'
      ? null
      : reply(message, { answers: [{ type: 'TXT', name, data: 'x', ttl: 9 }] });
  await lab.ask(query('fake.test', 'A'));
  await lab.ask(query('box.test', 'A'));
  await lab.ask(query('txt.test', 'TXT'));
  await lab.ask(query('txt.test', 'TXT'), tcp);
  await lab.ask(query('dead.test', 'TXT'));
  const infos = lab.service.queries.recent().map((record) => record.toInfo());
  assert.deepEqual(
    infos.map(({ name, type, source, server, transport }) => [
      name,
      type,
      source,
      server,
      transport,
    ]),
    [
      ['fake.test', 'A', 'fake-ip', null, 'udp'],
      ['box.test', 'A', 'hosts', null, 'udp'],
      ['txt.test', 'TXT', 'server', 'udp://192.0.2.53:53', 'udp'],
      ['txt.test', 'TXT', 'cache', 'udp://192.0.2.53:53', 'tcp'],
      ['dead.test', 'TXT', 'failed', null, 'udp'],
    ],
  );
  assert.deepEqual(infos[1]?.answer, ['A 192.0.2.7']);
  assert.deepEqual(infos[3]?.answer, ['TXT "x"']);
  assert.equal(infos[4]?.error?.code, 'ERR_DNS_UNREACHABLE');
});

test('no query and no reply make it throw, or stop', async () => {
  await using lab = await openLab({
    dns: REAL,
    hosts: hostsOf({ 'alias.test': { kind: 'alias', name: 'a.test' } }),
  });
  const mangle = (message: Buffer, changes: readonly (readonly [number, number])[]): Buffer => {
    for (const [at, byte] of changes) message[at % message.length] = byte;
    return message;
  };
  const changes = fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 5 });
  const name = fc.constantFrom('a.test', 'alias.test');
  const type = fc.constantFrom('A', 'AAAA', 'MX', 'SOA', 'SRV', 'UNKNOWN_65', 'PTR');
  await fc.assert(
    fc.asyncProperty(changes, changes, name, type, async (inQuery, inReply, host, kind) => {
      lab.service.flush('all');
      lab.exchange.script = (message) =>
        mangle(
          reply(message, {
            answers: [
              { type: 'CNAME', name: 'a.test', data: 'b.test', ttl: 60 },
              a('b.test', '192.0.2.1'),
              { type: 'MX', name: 'b.test', ttl: 60, data: { preference: 1, exchange: 'c.test' } },
            ],
            authorities: [soa('test', 60)],
          }),
          inReply,
        );
      const asked = mangle(query(host, kind, { udpSize: 1232 }), inQuery);
      const id = asked.readUInt16BE(0);
      const answer = await lab.ask(asked);
      // Whatever is answered is a reply to this query, as far as that could be read.
      if (answer !== null) {
        assert.equal(answer.readUInt16BE(0), id);
        assert.equal(answer[2]! & 0x80, 0x80);
        assert.ok(answer.length <= 1232);
      }
    }),
    { numRuns: 1500 },
  );
  const infos = lab.service.queries.recent().map((record) => record.toInfo());
  assert.ok(infos.length > 500);
  lab.exchange.script = (message) => reply(message, { answers: [a('a.test', '192.0.2.1')] });
  assert.deepEqual(answersOf((await lab.ask(query('a.test', 'A')))!), ['192.0.2.1']);
});
