import assert from 'node:assert/strict';
import test from 'node:test';
import { parseExplainRequest } from '../../../core/api/explain.ts';
import { explainRequestOf } from '../../../renderer/pages/connections/explain-request.ts';
import { flow as aFlow } from './a-flow.ts';

test('a flow is explained with everything that rules may compare', () => {
  const process = { name: 'curl', path: '/usr/bin/curl', uid: 1000 };
  const flow = aFlow(1, { domain: 'www.site.test', domainFrom: 'fake-ip', zone: 'wsl', process });
  const { source, destination } = flow;
  assert.deepEqual(parseExplainRequest(explainRequestOf(flow)), {
    ...{ host: 'www.site.test', port: destination.port, network: flow.network, zone: 'wsl' },
    ...{ source: source.address, sourcePort: source.port },
    ...{ process: 'curl', processPath: '/usr/bin/curl', uid: 1000 },
  });
});

test('a true address goes with its name, and stands alone without one', () => {
  const named = aFlow(1, { domain: 'www.site.test', domainFrom: 'dns', process: null });
  assert.equal(explainRequestOf(named).address, named.destination.address);
  const bare = aFlow(1, { domain: null, domainFrom: null, process: null });
  assert.equal(explainRequestOf(bare).host, bare.destination.address);
  assert.equal(explainRequestOf(bare).address, undefined);
});
