/** The part of an AbortSignal that is used for calls. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  addEventListener: (type: 'abort', listener: () => void) => void;
  removeEventListener: (type: 'abort', listener: () => void) => void;
}

/** An AbortSignal and its controller in one, and much cheaper than those: each operation has several. Most have one listener at a time. */
export class LightAbortSignal implements AbortSignalLike {
  aborted = false;
  private first: (() => void) | undefined;
  private listeners: Set<() => void> | undefined;

  addEventListener(_type: 'abort', listener: () => void): void {
    if (this.first) (this.listeners ??= new Set()).add(listener);
    else this.first = listener;
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    if (this.first === listener) this.first = undefined;
    else this.listeners?.delete(listener);
  }

  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    const { first, listeners } = this;
    this.first = undefined;
    this.listeners = undefined;
    first?.();
    for (const listener of listeners ?? []) listener();
  }
}
