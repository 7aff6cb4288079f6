/**
 * Random numbers of this process that key its hash tables: what is looked up in them, and often
 * what they hold, comes from others, who could otherwise choose entries that collide.
 */
export const SECRET = random();
/** Odd, so that multiplying by it loses nothing. */
export const SECRET_FACTOR = random() | 1;

function random(): number {
  return (Math.random() * 0x1_0000_0000) | 0;
}
