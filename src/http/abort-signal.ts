/** What of an AbortSignal is used for calls. */
export interface Signal {
  readonly aborted: boolean;
  addEventListener: (type: 'abort', listener: () => void) => void;
  removeEventListener: (type: 'abort', listener: () => void) => void;
}

/** An AbortSignal and its controller in one, for a small part of what those cost: there are some in each operation. */
export class HangUp implements Signal {
  aborted = false;
  private listeners: Set<() => void> | undefined;

  addEventListener(_type: 'abort', listener: () => void): void {
    (this.listeners ??= new Set()).add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.listeners?.delete(listener);
  }

  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    for (const listener of this.listeners ?? []) listener();
    this.listeners = undefined;
  }
}
