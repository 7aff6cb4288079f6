import assert from 'node:assert/strict';
import { endianness } from 'node:os';
import { test } from 'node:test';
import { connected, listenersOn, udpOnPort } from '../../../../core/process/proc-net.ts';

const HEADING =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

function line(local: string, remote: string, state: string, inode: string): string {
  return `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 100 0 0 10 0\n`;
}

const NOBODY = '00000000:0000';
const NOBODY6 = `${'0'.repeat(32)}:0000`;
const skip = endianness() === 'LE' ? false : 'the samples are from a little-endian machine';

test('listeners are found by their port, on every address of both families', () => {
  const four =
    HEADING +
    line('0100007F:0438', NOBODY, '0A', '11') +
    line('00000000:0438', NOBODY, '0A', '12') +
    line('0100007F:0439', NOBODY, '0A', '13') +
    line('0100007F:0438', '0100007F:0439', '01', '14');
  const six = HEADING + line(`${'0'.repeat(32)}:0438`, NOBODY6, '0A', '15');
  assert.deepEqual(listenersOn({ four, six }, 1080), ['11', '12', '15']);
});

test('a connection is found by its 4-tuple', { skip }, () => {
  const four =
    HEADING +
    line('0100A8C0:D431', '0A0200C0:01BB', '01', '21') +
    line('0100A8C0:D431', '0B0200C0:01BB', '01', '22');
  const local = { address: '192.168.0.1', port: 54_321 };
  const find = (address: string): string[] =>
    connected({ four, six: '' }, local, { address, port: 443 });
  assert.deepEqual(find('192.0.2.11'), ['22']);
  assert.deepEqual(find('192.0.2.12'), []);
});

test(
  'a connection over IPv6 is found, and one over IPv4 of a socket that speaks both',
  { skip },
  () => {
    const six =
      HEADING +
      line(
        'B80D0120000000000000000001000000:D431',
        'B80D0120000000000000000002000000:01BB',
        '01',
        '31',
      ) +
      line(
        '0000000000000000FFFF00000100A8C0:D431',
        '0000000000000000FFFF00000A0200C0:01BB',
        '01',
        '32',
      );
    const find = (local: string, peer: string): string[] =>
      connected({ four: '', six }, { address: local, port: 54_321 }, { address: peer, port: 443 });
    assert.deepEqual(find('2001:db8::1', '2001:db8::2'), ['31']);
    assert.deepEqual(find('192.168.0.1', '192.0.2.10'), ['32']);
  },
);

test('what no process has any more is not found', { skip }, () => {
  const four = HEADING + line('0100A8C0:D431', '0A0200C0:01BB', '06', '0');
  const local = { address: '192.168.0.1', port: 54_321 };
  assert.deepEqual(connected({ four, six: '' }, local, { address: '192.0.2.10', port: 443 }), []);
});

test('a UDP socket is found by its own port, not by that of whom it talks to', () => {
  const four =
    HEADING +
    line('00000000:0035', NOBODY, '07', '41') +
    line('0100007F:D431', '0100007F:0035', '01', '42');
  assert.deepEqual(udpOnPort({ four, six: '' }, 53), ['41']);
});

test('lines that are cut off are left out', () => {
  const four = `${HEADING}   0: 0100007F:0438 ${NOBODY} 0A 0000`;
  assert.deepEqual(listenersOn({ four, six: '' }, 1080), []);
});
