import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InterfaceInfo, NetworkInfo } from '../../../../core/api/network.ts';
import { pictureOf, widthOf } from '../../../../renderer/pages/network/picture-model.ts';
import { aRow, aTotals } from '../a-totals.ts';

const bridge: InterfaceInfo = {
  name: 'docker0',
  kind: 'bridge',
  role: 'guests',
  state: 'ready',
  mtu: 1500,
  addresses: ['172.17.0.1/16'],
  master: '',
  zone: 'container',
};

const network: NetworkInfo = {
  environment: 'machine',
  time: '2026-01-01T00:00:00.000Z',
  hostName: 'test',
  interfaces: [bridge],
  routes: [],
  rules: [],
  omitted: 0,
  forwards4: true,
  forwards6: true,
  tunnel: null,
  uplink: {
    device4: 'eth0',
    address4: '192.0.2.2',
    gateway4: '',
    device6: 'eth0',
    address6: '2001:db8::2',
    gateway6: '',
  },
  guests: [
    {
      address: '172.17.0.2',
      zone: 'container',
      device: 'docker0',
      isNeighbour: true,
      isSeen: true,
    },
  ],
};

test('a bridge has the traffic of whoever is behind it; a zone without an interface is its own source', () => {
  const totals = aTotals(1, {
    zone: [aRow('host', 1, 1), aRow('container', 5, 5, 1), aRow('lan', 2, 2)],
    guest: [aRow('172.17.0.2', 5, 5, 1), aRow('192.168.7.7', 2, 2)],
  });
  const { sources, exits } = pictureOf(network, { totals, rates: new Map() });
  assert.deepEqual(
    sources.map(({ id, traffic }) => [id, traffic.bytes, traffic.open]),
    [
      ['host', 2, 0],
      ['if docker0', 10, 1],
      ['lan', 4, 0],
    ],
  );
  assert.deepEqual(exits, [{ device: 'eth0', addresses: ['192.0.2.2', '2001:db8::2'] }]);
});

test('ways out keep their places, and know whose traffic they take', () => {
  const totals = aTotals(1, {
    upstream: [
      aRow('DIRECT', 900, 0),
      aRow('proxy-b', 90, 0),
      aRow('proxy-a', 9, 0),
      { ...aRow('', 0, 0), kind: 'refused' },
    ],
    path: [
      { ...aRow('proxy-a', 9, 0), zone: 'container' },
      { ...aRow('DIRECT', 900, 0), zone: 'host' },
    ],
  });
  const { ways } = pictureOf(network, { totals, rates: new Map() });
  assert.deepEqual(
    ways.map(({ sort, name, zones }) => [sort, name, [...zones]]),
    [
      ['proxy', 'proxy-a', ['container']],
      ['proxy', 'proxy-b', []],
      ['direct', 'DIRECT', ['host']],
      ['refused', '', []],
    ],
  );
});

test('more ways than fit are one', () => {
  const upstream = Array.from({ length: 30 }, (_, n) => aRow(`p${n}`, 100 - n, 0));
  const { ways } = pictureOf(network, { totals: aTotals(1, { upstream }), rates: new Map() });
  assert.equal(ways.length, 8);
  const bytes = ways.reduce((sum, { traffic }) => sum + traffic.bytes, 0);
  assert.equal(
    bytes,
    upstream.reduce((sum, { upload }) => sum + upload, 0),
  );
});

test('a line is thicker where more moves, and never too thick', () => {
  const widths = [0, 1e3, 1e6, 1e9, 1e15].map((down) => widthOf({ up: 0, down }));
  assert.deepEqual(
    widths,
    widths.toSorted((a, b) => a - b),
  );
  assert.equal(widths.at(-1), 16);
});
