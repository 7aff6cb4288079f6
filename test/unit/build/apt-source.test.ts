import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mainArchives, parseList, parseSources, sourceEntry } from '../../../build/apt-source.ts';

const deb822 = `# the main archive
Types: deb
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
# a comment inside
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm bookworm-updates
Components: main
`;

const oneLine = `
# deb http://off.example/debian bookworm main
deb [arch=amd64 signed-by=/a.gpg,/b.gpg] http://tools.example/stable/debian bookworm main
deb http://mirror.example/debian/ bookworm main contrib # ours
deb http://mirror.example/debian/ bookworm-updates main
deb http://flat.example/repo ./
`;

test('the main archive of deb822 configuration is found, and what is off is not', () => {
  const found = mainArchives(parseSources(deb822));
  assert.deepEqual(
    found.map((archive) => archive.uri),
    ['http://mirror.example/debian'],
  );
});

test('the archive that has updates comes before a third party that calls itself debian', () => {
  const found = mainArchives(parseList(oneLine));
  assert.deepEqual(
    found.map((archive) => archive.uri),
    ['http://mirror.example/debian/', 'http://tools.example/stable/debian'],
  );
});

test('a mirror list is an archive like any other', () => {
  const [found] = mainArchives(
    parseSources(deb822.replaceAll('http://mirror.example/debian', 'mirror+file:/etc/mirrors')),
  );
  assert.equal(found?.uri, 'mirror+file:/etc/mirrors');
});

test('the entry asks for sources of the suite and keeps the key', () => {
  const [archive] = mainArchives(parseSources(deb822));
  assert.ok(archive);
  assert.equal(
    sourceEntry(archive, 'trixie'),
    'Types: deb-src\n' +
      'URIs: http://mirror.example/debian\n' +
      'Suites: trixie\n' +
      'Components: main\n' +
      'signed-by: /usr/share/keyrings/debian-archive-keyring.gpg\n',
  );
});

test('a key that is written into the configuration survives', () => {
  const key =
    '\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n -----END PGP PUBLIC KEY BLOCK-----';
  const text = deb822.replace(' /usr/share/keyrings/debian-archive-keyring.gpg', key);
  const [archive] = mainArchives(parseSources(text));
  assert.ok(archive);
  const [again] = parseSources(sourceEntry(archive, 'trixie'));
  assert.equal(again?.trust.get('signed-by'), key.trim());
});

test('options of a one-line entry become fields', () => {
  const [archive] = parseList(oneLine);
  assert.deepEqual([...(archive?.trust ?? [])], [['signed-by', '/a.gpg /b.gpg']]);
});
