import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceError } from '../../../../../core/platform/linux/capable.ts';

for (const [errno, code, advice] of [
  ['EPERM', 'ERR_NO_PRIVILEGE', /root/],
  ['EACCES', 'ERR_NO_PRIVILEGE', /CAP_NET_ADMIN/],
  ['ENOENT', 'ERR_TUN_MISSING', /modprobe tun/],
  ['ENODEV', 'ERR_TUN_MISSING', /--device/],
  ['EBUSY', 'ERR_TUN_BUSY', /sluice0.*tun\.device/],
  ['EINVAL', 'ERR_TUN_NAME', /sluice0.*tun\.device/],
  ['ENOMEM', 'ERR_TUN_OPEN', /out of memory/],
] as const) {
  test(`${errno} from opening the device becomes ${code}`, () => {
    const cause = Object.assign(new Error('out of memory'), { code: errno });
    const error = deviceError(cause, 'sluice0');
    assert.equal(error.code, code);
    assert.match(error.message, advice);
    assert.equal(error.cause, cause);
  });
}

test('what is no error at all still becomes one', () => {
  assert.equal(deviceError(null, 'sluice0').code, 'ERR_TUN_OPEN');
});
