/** Lists of proxies in disguise: subscriptions often come in Base64. Pure. */
import { isUtf8 } from 'node:buffer';

/** The text that was put into Base64, with or without line breaks and padding; any other as it is. */
export function unpacked(text: string): string {
  if (/[^A-Za-z0-9+/_=\s-]/.test(text)) return text;
  const packed = text.replace(/\s/g, '');
  if (packed.length < 8 || !/^[^=]+={0,2}$/.test(packed)) return text;
  const bytes = Buffer.from(packed, 'base64');
  const inner = isUtf8(bytes) ? bytes.toString() : '';
  // A word may look like Base64; what comes of it is no list then.
  const isText = !/[^\P{Cc}\t\r\n]/u.test(inner);
  return isText && inner.includes(':') ? inner : text;
}
