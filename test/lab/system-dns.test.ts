/** The system's resolver with the whole of Sluice: programs that know nothing of it look names up. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { FlowInfo } from '../../core/api/flows.ts';
import { resolver, sites } from './addresses.ts';
import { curl } from './clients.ts';
import { labConfig } from './config.ts';
import { Lab } from './lab.ts';
import type { Instance } from './sluice.ts';

const FAKE = /^198\.18\./;
/** As a desktop has it: a resolver on the machine itself, which the tunnel would never see. */
const LOCAL = 'search site.test\nnameserver 127.0.0.1\noptions timeout:2 attempts:1\n';

describe("the system's resolver and the whole of Sluice", () => {
  let lab: Lab;
  let sluice: Instance;
  const conf = (): string => lab.place('home').resolvConf;
  /** The first address that the system finds for a name. */
  const lookUp = async (name: string): Promise<string> => {
    const { stdout } = await lab.exec('home', 'getent', ['ahostsv4', name]);
    return stdout.split(/\s/)[0] ?? '';
  };
  const config = (...extra: string[]): string =>
    labConfig(lab.certificates, ['DOMAIN,site.test,DIRECT', 'MATCH,REJECT'], extra);

  before(async () => {
    lab = await Lab.start();
    const dnsmasq = lab.spawn('home', 'dnsmasq', [
      ...['--keep-in-foreground', '--conf-file=/dev/null', '--no-resolv', '--no-hosts'],
      ...['--user=root', '--bind-interfaces', '--listen-address=127.0.0.1', '--pid-file='],
      `--server=${resolver.v4}`,
    ]);
    await dnsmasq.listening(53);
  });
  after(() => lab.stop());
  beforeEach(() => writeFileSync(conf(), LOCAL));
  afterEach(() => sluice.stop());

  test('names are asked of us, whatever resolver the machine has, and of that one again afterwards', async () => {
    sluice = await lab.startSluice(config());
    assert.match(await lookUp('site.test'), FAKE);
    assert.match(await lookUp('www'), FAKE, 'the search list is kept');
    assert.match(await curl(lab, 'home', 'http://site.test/small'), /hello/);
    const flows = await sluice.flows();
    assert.equal(flows.find(({ network }) => network === 'tcp')?.domain, 'site.test');
    await sluice.stop();
    assert.equal(readFileSync(conf(), 'utf8'), LOCAL);
    assert.equal(await lookUp('site.test'), sites['site.test'][0]);
  });

  test('DNS over HTTPS, as browsers have it, is a flow with a name, and a rule can refuse it', async () => {
    const ask = (): Promise<string> =>
      curl(lab, 'home', 'http://other.test/small', [
        ...['--doh-url', 'https://www.site.test/dns-query', '--max-time', '5'],
      ]);
    const flowOf = async (): Promise<FlowInfo | undefined> =>
      (await sluice.flows()).find(({ destination }) => destination.port === 443);
    sluice = await lab.startSluice(labConfig(lab.certificates, ['MATCH,DIRECT']));
    // The lab's server there answers no queries, but it is reached.
    await assert.rejects(ask());
    const passed = await flowOf();
    assert.deepEqual([passed?.domain, passed?.state === 'refused'], ['www.site.test', false]);
    await sluice.apply(
      labConfig(lab.certificates, ['DOMAIN,www.site.test,REJECT', 'MATCH,DIRECT']),
    );
    await assert.rejects(ask(), /Could not resolve host|Couldn't resolve/);
    const refused = await flowOf();
    assert.deepEqual([refused?.domain, refused?.state], ['www.site.test', 'refused']);
  });

  test('the setting takes effect while running', async () => {
    sluice = await lab.startSluice(config('sluice: {system-dns: false}'));
    assert.equal(readFileSync(conf(), 'utf8'), LOCAL);
    await sluice.apply(config());
    assert.match(await lookUp('site.test'), FAKE);
    await sluice.apply(config('dns: {enable: false}'));
    assert.equal(readFileSync(conf(), 'utf8'), LOCAL);
  });

  test('after kill -9 names are found at once by the resolver that was there, and cleanup brings the file back', async () => {
    sluice = await lab.startSluice(config());
    assert.match(await lookUp('site.test'), FAKE);
    await sluice.daemon.stop('SIGKILL');
    assert.notEqual(readFileSync(conf(), 'utf8'), LOCAL);
    assert.equal(await lookUp('site.test'), sites['site.test'][0]);
    const { stdout } = await sluice.cli('cleanup');
    assert.match(stdout, /\/etc\/resolv\.conf/);
    assert.equal(readFileSync(conf(), 'utf8'), LOCAL);
  });
});
