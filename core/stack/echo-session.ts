/**
 * The echo requests (ICMP) of one program to one destination: they wait until one of `reply`, `refuse`
 * and `route` is called.
 */
import type { Binding, Handle, NativeEngine, Refusal } from '../native/binding.d.ts';

export class EchoSession {
  readonly handle: Handle;
  readonly src: string;
  readonly dst: string;
  readonly #engine: NativeEngine;

  constructor(engine: NativeEngine, handle: Handle, src: string, dst: string) {
    this.#engine = engine;
    this.handle = handle;
    this.src = src;
    this.dst = dst;
  }

  /** Answers in the destination's place. */
  reply(): void {
    this.#engine.echoReply(this.handle);
  }

  refuse(how: Refusal): void {
    this.#engine.echoRefuse(this.handle, how);
  }

  /**
   * Asks `target` (of the same family) past the tunnel; its replies, and errors on the way, are shown
   * as the destination's. Throws an Error with an errno name as `code` where no socket can be made.
   */
  route(target: string, binding: Binding): void {
    this.#engine.echoRoute(this.handle, target, binding);
  }

  close(): void {
    this.#engine.echoClose(this.handle);
  }
}
