/**
 * Another tun2socks in Sluice's place. It is described by a command template and, where it needs
 * one, a template of its configuration file; both may contain the placeholders {tun} (name of the
 * interface to create), {mtu}, {socks_host}, {socks_port} and {config} (path of the filled-in file).
 * The peer creates the interface; routes to it are made here, and undone.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Lab } from '../lab/lab.ts';
import { relayAddress, relayPort } from './relay.ts';
import type { Running, Subject } from './subject.ts';

export interface PeerTemplate {
  readonly name: string;
  /** Split at spaces; there is no shell. */
  readonly command: string;
  /** Path of the configuration template; null: it has none. */
  readonly config: string | null;
  readonly mtu: number;
}

const device = 'peer0';
const table = '100';

const rules = [
  ['to', relayAddress, 'lookup', 'main', 'pref', '100'],
  ['lookup', 'main', 'suppress_prefixlength', '0', 'pref', '110'],
  ['lookup', table, 'pref', '120'],
];

export function peerSubject(template: PeerTemplate): Subject {
  return { name: template.name, start: (lab) => startPeer(lab, template) };
}

async function startPeer(lab: Lab, template: PeerTemplate): Promise<Running> {
  const configPath = join(lab.folder, `${template.name}.config`);
  const fill = (text: string): string =>
    text
      .replaceAll('{tun}', device)
      .replaceAll('{mtu}', String(template.mtu))
      .replaceAll('{socks_host}', relayAddress)
      .replaceAll('{socks_port}', String(relayPort))
      .replaceAll('{config}', configPath);
  if (template.config !== null) {
    writeFileSync(configPath, fill(readFileSync(template.config, 'utf8')));
  }
  const [command = '', ...args] = fill(template.command).split(' ');
  const daemon = lab.spawn('home', command, args);
  const ip = (...words: string[]): Promise<string> => lab.output('home', 'ip', words);
  const up = async (): Promise<boolean> => {
    const outcome = await lab.exec('home', 'ip', ['-o', 'link', 'show', 'dev', device, 'up']);
    return outcome.stdout !== '';
  };
  await daemon.until(`bring ${device} up`, up);
  await ip('route', 'add', 'default', 'dev', device, 'table', table);
  for (const rule of rules) await ip('rule', 'add', ...rule);
  const stop = async (): Promise<void> => {
    for (const rule of rules) await ip('rule', 'del', ...rule);
    await daemon.stop();
  };
  return { pid: daemon.pid, stop };
}
