/** The header Subscription-Userinfo: `upload=1; download=2; total=3; expire=1700000000`. Pure. */
import type { SubscriptionInfo } from '../api/providers.ts';

/** Null where the text says nothing. */
export function parseSubscription(text: string): SubscriptionInfo | null {
  const found = new Map<string, number>();
  for (const part of text.split(';')) {
    const [, name = '', digits = ''] = /^\s*([a-z]+)\s*=\s*([0-9.]{1,32})\s*$/i.exec(part) ?? [];
    const value = Math.floor(Number(digits));
    if (digits !== '' && Number.isSafeInteger(value)) found.set(name.toLowerCase(), value);
  }
  const expire = found.get('expire') ?? 0;
  // The largest time that a Date holds.
  const hasEnd = expire > 0 && expire <= 8_640_000_000_000;
  const info = {
    upload: found.get('upload') ?? null,
    download: found.get('download') ?? null,
    total: found.get('total') ?? null,
    expire: hasEnd ? new Date(expire * 1000).toISOString() : null,
  };
  return found.size === 0 ? null : info;
}
