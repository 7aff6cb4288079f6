import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  emptyForm,
  formOf,
  freeName,
  pastedAddress,
  problemsOf,
  serverProblems,
  settingsOf,
} from '../../../../renderer/pages/upstreams/upstream-form.ts';
import type { UpstreamForm } from '../../../../renderer/pages/upstreams/upstream-form.ts';

const good: UpstreamForm = { ...emptyForm, name: 'office', server: 'proxy.test', port: '1080' };

test('what was read into the form comes out of it', () => {
  const form: UpstreamForm = {
    ...good,
    type: 'http',
    username: 'me',
    password: ' kept as it is ',
    udp: false,
    hasTls: true,
    sni: 'other.test',
    headers: 'X-One: 1\nX-Two: a: b',
    groups: ['g'],
  };
  assert.deepEqual(settingsOf(form).headers, { 'X-One': '1', 'X-Two': 'a: b' });
  assert.deepEqual(formOf(settingsOf(form), ['g']), form);
});

test('what a type has no use for is not sent', () => {
  const full = { ...good, password: 'x', username: 'u', hasTls: true, headers: 'A: b' };
  const old = settingsOf({ ...full, type: 'socks4' });
  assert.deepEqual([old.password, old.udp, old.tls, old.headers], ['', false, null, {}]);
  assert.deepEqual(settingsOf({ ...full, type: 'socks5' }).headers, {});
  assert.equal(settingsOf({ ...full, type: 'http' }).udp, false);
});

test('problems are told by field', () => {
  const taken = new Set(['office']);
  assert.deepEqual(problemsOf(emptyForm, taken), {
    name: 'upstreams.form.needsName',
    server: 'upstreams.form.needsServer',
    port: 'upstreams.form.noPort',
  });
  assert.equal(problemsOf(good, taken).name, 'upstreams.form.nameTaken');
  assert.deepEqual(problemsOf(good, new Set()), {});
  for (const port of ['0', '65536', '1e3', '-1', '10 80']) {
    assert.ok(serverProblems({ ...good, port }).port, port);
  }
  for (const server of ['a b', 'http://x', 'a/b', '-a', 'a:b:g']) {
    assert.ok(serverProblems({ ...good, server }).server, server);
  }
  for (const server of ['192.0.2.1', '2001:db8::1', '[2001:db8::1]', 'прокси.test', 'a_b.test.']) {
    assert.equal(serverProblems({ ...good, server }).server, undefined, server);
  }
  assert.ok(serverProblems({ ...good, password: 'x' }).username);
  assert.ok(serverProblems({ ...good, hasTls: true, fingerprint: 'abc' }).fingerprint);
  assert.ok(serverProblems({ ...good, type: 'http', headers: 'no header' }).headers);
});

test('a pasted address fills in the form', () => {
  assert.deepEqual(pastedAddress('socks5://me:p%40ss:word@proxy.test:1080#My%20office'), {
    type: 'socks5',
    server: 'proxy.test',
    port: '1080',
    username: 'me',
    password: 'p@ss:word',
    name: 'My office',
  });
  assert.deepEqual(pastedAddress('[2001:db8::1]:3128'), { server: '2001:db8::1', port: '3128' });
  assert.deepEqual(pastedAddress(' https://proxy.test:443/ '), {
    type: 'http',
    hasTls: true,
    server: 'proxy.test',
    port: '443',
  });
  assert.deepEqual(pastedAddress('http://proxy.test'), { type: 'http', server: 'proxy.test' });
});

test('what is still being typed is left alone', () => {
  for (const text of [
    '',
    'proxy',
    'proxy.test',
    'proxy.test:',
    '2001:db8::1',
    'vmess://abc',
    'a b:1',
  ]) {
    assert.equal(pastedAddress(text), null, text);
  }
});

test('a copy gets a name of its own', () => {
  assert.equal(freeName('dante', new Set(['dante'])), 'dante 2');
  assert.equal(freeName('dante 2', new Set(['dante', 'dante 2'])), 'dante 3');
});
