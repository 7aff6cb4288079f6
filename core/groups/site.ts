/** Sites as people register them, by the list of public suffixes. Pure. */
import { getDomain } from 'tldts';

/** Null for what is none, as `router`. Names below a host of others' sites (`user.github.io`) are sites of their own. */
export function siteOf(domain: string): string | null {
  return getDomain(domain, { allowPrivateDomains: true });
}
