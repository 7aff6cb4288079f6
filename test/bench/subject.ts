/**
 * What is measured: Sluice, any other tun2socks (peer.ts), or the bare network. Each carries all
 * traffic of `home` and `guest` to the relay from `start` to `stop`.
 */
import type { Lab } from '../lab/lab.ts';
import { relayAddress, relayPort } from './relay.ts';

export interface Running {
  /** The process whose CPU time and memory count; null for the bare network. */
  readonly pid: number | null;
  stop(): Promise<void>;
}

export interface Subject {
  readonly name: string;
  /** `sluiceConfig` is what the measurement adds to Sluice's configuration. */
  start(lab: Lab, sluiceConfig: string): Promise<Running>;
}

/** No tunnel and no proxy: what the machine itself can do. */
export const direct: Subject = {
  name: 'direct',
  start: () => Promise.resolve({ pid: null, stop: () => Promise.resolve() }),
};

/** All traffic through the relay. */
export const relayedConfig = `
tun: {enable: true, mtu: 1500}
proxies:
  - {name: relay, type: socks5, server: ${relayAddress}, port: ${relayPort}, udp: true}
rules:
  - MATCH,relay
`;

export const sluice: Subject = {
  name: 'sluice',
  async start(lab, sluiceConfig) {
    const instance = await lab.startSluice(relayedConfig + sluiceConfig);
    return { pid: instance.pid, stop: () => instance.stop() };
  },
};
