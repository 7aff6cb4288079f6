/** A certificate authority for one lab and a certificate for all its names and addresses. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificates {
  /** Paths of PEM files. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** `hosts` are domain names (wildcards allowed) and IP literals. Files go to `folder`. */
export function makeCertificates(folder: string, hosts: readonly string[]): Certificates {
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const names = hosts.map((host) => (/^[\d.]+$|:/.test(host) ? `IP:${host}` : `DNS:${host}`));
  writeFileSync(at('server.ext'), `subjectAltName=${names.join(',')}\n`);
  openssl(
    ...['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=Sluice lab CA'],
    ...['-keyout', at('ca.key'), '-out', at('ca.pem')],
  );
  openssl(
    ...['req', ...newKey, '-subj', '/CN=site.test'],
    ...['-keyout', at('server.key'), '-out', at('server.csr')],
  );
  openssl(
    ...['x509', '-req', '-days', '2', '-in', at('server.csr'), '-extfile', at('server.ext')],
    ...['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-out', at('server.pem')],
  );
  return { ca: at('ca.pem'), cert: at('server.pem'), key: at('server.key') };
}
