import assert from 'node:assert/strict';
import test from 'node:test';
import { isYaml, parseCases } from '../../../../renderer/pages/rules/tests/parse-cases.ts';

test('lines name a destination, what else is known, and where it should go', () => {
  const { cases, wrong } = parseCases(
    [
      'a.test DIRECT',
      'a.test:80, office',
      'https://a.test/path -> office # a note',
      '[2001:db8::1]:53\tudp\tzone=wsl\tprocess=dig\tsource=10.0.0.7\toffice',
      'a.test address=192.0.2.1 → 香港 01',
      '# nothing',
      '',
      'a.test zone=moon',
    ].join('\r\n'),
  );
  assert.deepEqual(wrong, []);
  assert.deepEqual(
    cases.map(({ request, target }) => [request, target]),
    [
      [{ host: 'a.test' }, 'DIRECT'],
      [{ host: 'a.test', port: 80 }, 'office'],
      [{ host: 'a.test' }, 'office'],
      [
        {
          ...{ host: '2001:db8::1', port: 53, network: 'udp', zone: 'wsl' },
          ...{ process: 'dig', source: '10.0.0.7' },
        },
        'office',
      ],
      [{ host: 'a.test', address: '192.0.2.1' }, '香港 01'],
      // Whatever is no field is a name: proxies may be called so.
      [{ host: 'a.test' }, 'zone=moon'],
    ],
  );
});

test('what is no case is named by its line', () => {
  assert.deepEqual(
    parseCases('a.test\n:443 DIRECT\na.test:99999 DIRECT\na.test DIRECT').wrong,
    [1, 2, 3],
  );
});

test('YAML is told from lines', () => {
  assert.ok(isYaml('# mine\ncases:\n  - { host: a.test, target: DIRECT }'));
  assert.ok(isYaml('- { host: a.test, target: DIRECT }'));
  assert.ok(!isYaml('a.test DIRECT'));
  assert.ok(!isYaml('# mine\na.test DIRECT'));
});
