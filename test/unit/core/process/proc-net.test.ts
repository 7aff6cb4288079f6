import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readUdpTables, udpOnPort } from '../../../../core/process/proc-net.ts';
import { createSocket } from 'node:dgram';

const HEADING =
  '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n';

function line(local: string, remote: string, inode: string): string {
  return `   0: ${local} ${remote} 07 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 2 0000000000000000 0\n`;
}

const NOBODY = '00000000:0000';
const NOBODY6 = `${'0'.repeat(32)}:0000`;

test('a socket is found by its own port, not by that of whom it talks to', () => {
  const four =
    HEADING + line('0100007F:D431', '0100007F:0035', '42') + line('00000000:0035', NOBODY, '41');
  assert.deepEqual(udpOnPort([four, ''], 53), { inode: 41, uid: 1000 });
});

test('a socket that speaks both families is found', () => {
  const six = HEADING + line(`${'0'.repeat(32)}:0035`, NOBODY6, '43');
  assert.deepEqual(udpOnPort([HEADING, six], 53), { inode: 43, uid: 1000 });
});

test('what no process has any more is not found', () => {
  assert.equal(udpOnPort([HEADING + line('00000000:0035', NOBODY, '0')], 53), null);
});

test('lines that are cut off are left out', () => {
  assert.equal(udpOnPort([`${HEADING}   0: 0100007F:0035 ${NOBODY} 07 0000`], 53), null);
});

test('a real socket is in the tables of this machine', async () => {
  const socket = createSocket('udp6');
  await new Promise<void>((resolve) => socket.bind(0, resolve));
  try {
    assert.equal(udpOnPort(await readUdpTables(), socket.address().port)?.uid, process.getuid?.());
  } finally {
    socket.close();
  }
});
