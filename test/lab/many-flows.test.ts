/** Thousands of flows at once, a source port that is used again at once, and a flood of SYNs. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { broken, ports, site4, site6 } from './addresses.ts';
import { connectResult } from './clients.ts';
import { labConfig } from './config.ts';
import { Lab } from './lab.ts';
import { answersEachSecond, openFlows } from './open-flows.ts';
import type { Instance } from './sluice.ts';

describe('many flows', () => {
  let lab: Lab;

  before(async () => {
    lab = await Lab.start();
    await lab.startProxies();
  });
  after(() => lab.stop());

  describe('with the usual limits', () => {
    let sluice: Instance;

    before(async () => {
      const rules = ['DST-PORT,17,DIRECT', 'MATCH,microsocks'];
      sluice = await lab.startSluice(labConfig(lab.certificates, rules));
    });
    after(() => sluice.stop());

    test('5,000 are open at once, and all of them answer', async () => {
      const flows = await openFlows(lab, 5000, 5000, 'guest');
      assert.equal((await sluice.status()).flows.open, 5000);
      await flows.until('answer', () => answersEachSecond(flows).some((count) => count >= 5000));
      await flows.stop();
      const closed = async (): Promise<boolean> => (await sluice.status()).flows.open === 0;
      await sluice.daemon.until('close them', closed);
    });

    for (const [port, how] of [
      [ports.echo, 'reset'],
      [ports.greet, 'server-first'],
    ] as const) {
      for (const address of [site4, site6]) {
        test(`one source port for 100 connections to ${address}, ended by ${how}`, async () => {
          const program = join(import.meta.dirname, 'programs/reuse-port.ts');
          const args = [program, address, String(port), '100', how];
          assert.equal(await lab.output('guest', process.execPath, args), '100\n');
        });
      }
    }
  });

  describe('with a cap on half-open flows', () => {
    const cap = 64;
    let sluice: Instance;

    before(async () => {
      const limits = `sluice: {connect-timeout: 3000, limits: {max-half-open: ${cap}}}`;
      sluice = await lab.startSluice(labConfig(lab.certificates, ['MATCH,DIRECT'], [limits]));
    });
    after(() => sluice.stop());

    test('a flood of SYNs stays below it, and open flows go on', async () => {
      const flows = await openFlows(lab, 20, 20);
      const script =
        'for (let i = 0; i < 1000; i++) require("node:net")' +
        `.connect({ host: "${broken.silent4}", port: 80 }).on("error", () => {});`;
      const flood = lab.spawn('guest', process.execPath, ['-e', script]);
      await flood.until(
        'be capped',
        async () => ((await sluice.counters())['synDropped'] ?? 0) > 0,
      );
      assert.ok(((await sluice.counters())['halfOpenNow'] ?? Infinity) <= cap);
      const seen = answersEachSecond(flows).length;
      await flows.until('answer on', () =>
        answersEachSecond(flows)
          .slice(seen + 1)
          .some((count) => count >= 20),
      );
      await flood.stop('SIGKILL');
      await flows.stop();
      const drained = async (): Promise<boolean> => (await sluice.counters())['halfOpenNow'] === 0;
      await sluice.daemon.until('forget the flood', drained);
      assert.equal(await connectResult(lab, 'guest', site4, ports.http), 'connected');
    });
  });
});
