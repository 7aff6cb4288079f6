/** A machine that cannot have a tunnel is told so in one clear error. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PlatformLab, whyNot } from './platform-lab.ts';

describe('the need for a tunnel on Linux', { skip: whyNot() }, () => {
  let lab: PlatformLab;

  /** What `assertCapable` says where a shell has changed the world for this one process. */
  const capable = async (change: string): Promise<void> => {
    const host = lab.openHost(undefined, change);
    try {
      await host.call('open');
      await host.call('capable');
    } finally {
      await host.end();
    }
  };

  before(async () => {
    lab = await PlatformLab.start();
  });
  after(() => lab.stop());

  test('this machine meets it', async () => {
    await capable('exec "$@"');
  });

  test('is not met without CAP_NET_ADMIN', async () => {
    const drop = 'exec setpriv --bounding-set=-net_admin --inh-caps=-net_admin "$@"';
    await assert.rejects(capable(drop), { code: 'ERR_NO_PRIVILEGE' });
  });

  test('is not met without /dev/net/tun', async () => {
    const hide = 'mount -t tmpfs none /dev/net && exec "$@"';
    await assert.rejects(capable(hide), { code: 'ERR_TUN_MISSING' });
  });

  test('is not met where /dev/net/tun is no TUN', async () => {
    const fake = 'mount -t tmpfs none /dev/net && mkdir /dev/net/tun && exec "$@"';
    await assert.rejects(capable(fake), { code: 'ERR_TUN_OPEN' });
  });

  test('is not met with the ip of busybox', async () => {
    const fake =
      'printf "#!/bin/sh\\necho BusyBox >&2\\nexit 1\\n" >"$1" && chmod 755 "$1" && ' +
      'mount --bind "$1" "$(readlink -f "$(command -v ip)")" && shift && exec "$@"';
    const withFile = `set -- ${lab.folder}/ip "$@"; ${fake}`;
    await assert.rejects(capable(withFile), { code: 'ERR_IPROUTE2' });
  });
});
