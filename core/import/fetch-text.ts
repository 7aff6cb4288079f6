/** Fetches the text behind a URL that somebody wants to import, bounded in size, time and redirects. */
import { isUtf8 } from 'node:buffer';
import { SluiceError } from '../api/errors.ts';
import { MAX_IMPORT_TEXT } from '../api/import.ts';
import type { SubscriptionInfo } from '../api/providers.ts';
import type { Dial } from '../http/connection.ts';
import { shownUrl } from '../http/http-error.ts';
import { httpRequest } from '../http/request.ts';
import { statusError } from '../providers/download.ts';
import { parseSubscription } from '../providers/subscription.ts';
import { cleanName } from './found.ts';

export interface FetchedText {
  readonly text: string;
  readonly subscription: SubscriptionInfo | null;
  /** What it calls itself, else the server's name. */
  readonly title: string;
}

/** Clients of the control API give up after 30 seconds. */
const WHOLE_MS = 25_000;
const STALL_MS = 10_000;
const MAX_REDIRECTS = 5;

/** Rejects with `SluiceError`. */
export async function fetchText(
  url: string,
  userAgent: string,
  dial: Dial,
  signal: AbortSignal,
): Promise<FetchedText> {
  const response = await httpRequest(
    {
      url,
      headers: { 'user-agent': userAgent },
      ...{ maxBytes: MAX_IMPORT_TEXT, timeoutMs: WHOLE_MS, stallMs: STALL_MS },
      maxRedirects: MAX_REDIRECTS,
    },
    dial,
    signal,
  );
  const { status, headers, body } = response;
  if (status !== 200) {
    body.destroy();
    throw statusError(url, status);
  }
  const bytes = await body.bytes();
  if (!isUtf8(bytes)) {
    const message = `What ${shownUrl(url)} answers is not UTF-8 text.`;
    throw new SluiceError('ERR_IMPORT_FORMAT', message);
  }
  const subscription = parseSubscription(String(headers['subscription-userinfo'] ?? ''));
  const title = titleOf(headers['profile-title'], headers['content-disposition']);
  return { text: bytes.toString(), subscription, title: title || cleanName(response.url.hostname) };
}

/** Empty where the server says none. */
function titleOf(title: unknown, disposition: string | undefined): string {
  const said = typeof title === 'string' ? title : '';
  const packed = /^base64:(.+)$/.exec(said)?.[1];
  const name = packed === undefined ? said : Buffer.from(packed, 'base64').toString();
  if (cleanName(name) !== '') return cleanName(name);
  const extended = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? '')?.[1];
  const plain = /filename="?([^";]+)/i.exec(disposition ?? '')?.[1] ?? '';
  try {
    return cleanName(extended === undefined ? plain : decodeURIComponent(extended));
  } catch {
    return cleanName(plain);
  }
}
