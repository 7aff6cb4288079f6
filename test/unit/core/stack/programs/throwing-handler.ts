/** A stack whose handler throws for the first flow and works for the second. */
import { Stack } from '../../../../../core/stack/stack.ts';
import { buildTcp, SYN } from '../../../../packets/tcp.ts';

let flows = 0;
process.on('uncaughtException', (error) => console.log(`uncaught: ${error.message}`));

const stack = new Stack({
  device: { kind: 'memory', mtu: 1500 },
  limits: { maxFlows: 10, maxHalfOpen: 10, maxUdpSessions: 10, maxBufferBytes: 1 << 20 },
  handlers: {
    onTcpFlow: () => {
      flows += 1;
      if (flows === 1) throw new Error('from the handler');
      console.log('second flow');
      stack.close();
    },
    onUdpPeer: () => undefined,
    onUdpData: () => undefined,
    onUdpMore: () => undefined,
    onEcho: () => undefined,
    onEchoClosed: () => undefined,
    onUdpSessionClosed: () => undefined,
    onDeviceLost: () => undefined,
  },
});
for (const srcPort of [1000, 2000]) {
  const flow = { src: '10.0.0.2', srcPort, dst: '198.51.100.1', dstPort: 80 };
  stack.inject(buildTcp(flow, { flags: SYN, seq: 1 }));
}
