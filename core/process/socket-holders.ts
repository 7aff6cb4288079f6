/**
 * Which process has a socket. The walk through /proc that tells runs on another thread, one at a
 * time: questions that come meanwhile share the next one. Remembers answers by the number of the
 * socket, which lasts as long as the socket, and which processes were found lately: a browser
 * opens many.
 */
import type { FoundSocket, SocketHolder } from '../native/binding.d.ts';
import { loadBinding } from '../native/index.ts';

const MAX_REMEMBERED = 4096;
const MAX_LIKELY = 32;

interface Question {
  readonly socket: FoundSocket;
  readonly result: Promise<SocketHolder | null>;
  readonly answer: (holder: SocketHolder | null) => void;
}

export class SocketHolders {
  /** By inode; the oldest first. */
  readonly #known = new Map<number, SocketHolder>();
  /** Process ids, the latest last. */
  readonly #likely = new Set<number>();
  #waiting = new Map<number, Question>();
  #walking = false;

  /** Null: nobody has it any more, or we may not know. Never rejects. */
  find(socket: FoundSocket): Promise<SocketHolder | null> {
    const known = this.#known.get(socket.inode);
    if (known !== undefined) {
      touch(this.#known, socket.inode, known);
      return Promise.resolve(known);
    }
    const waiting = this.#waiting.get(socket.inode);
    if (waiting !== undefined) return waiting.result;
    const { promise: result, resolve: answer } = Promise.withResolvers<SocketHolder | null>();
    this.#waiting.set(socket.inode, { socket, result, answer });
    if (!this.#walking) void this.#walk();
    return result;
  }

  async #walk(): Promise<void> {
    this.#walking = true;
    while (this.#waiting.size > 0) {
      const questions = this.#waiting;
      this.#waiting = new Map();
      const sockets = [...questions.values()].map(({ socket }) => socket);
      const likely = [...this.#likely].toReversed();
      const holders = await loadBinding()
        .findHolders(sockets, likely, false)
        .catch((): SocketHolder[] => []);
      for (const holder of holders) this.#remember(holder);
      for (const [inode, { answer }] of questions) answer(this.#known.get(inode) ?? null);
    }
    this.#walking = false;
  }

  #remember(holder: SocketHolder): void {
    touch(this.#known, holder.inode, holder);
    trim(this.#known, MAX_REMEMBERED);
    this.#likely.delete(holder.pid);
    this.#likely.add(holder.pid);
    trim(this.#likely, MAX_LIKELY);
  }
}

function touch<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key);
  map.set(key, value);
}

/** Removes what was added first until `max` are left. */
function trim<K>(collection: Map<K, unknown> | Set<K>, max: number): void {
  for (const key of collection.keys()) {
    if (collection.size <= max) return;
    collection.delete(key);
  }
}
