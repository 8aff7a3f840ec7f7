/** A moment as VPCEP and CSS connections write it: whole seconds and a `Z`. */
export const stamp = (at: number = Date.now()): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

/** A moment as CSS clusters write it: without a zone ("Querying the Cluster List"). */
export const zoneless = (at: number = Date.now()): string => stamp(at).slice(0, -1);

/** Changes that take effect some time after the call that asked for them. */
export interface Settling {
  /** Schedules a change: it is applied by the first `settle` after the settling time. */
  later: (change: () => void) => void;
  /** Applies every change that is due, in order. */
  settle: () => void;
}

/** Applies changes on demand instead of by timers, so that none keeps a process alive. */
export const createSettling = (settleMs: number): Settling => {
  const pending: { at: number; change: () => void }[] = [];
  return {
    later: (change) => {
      pending.push({ at: Date.now() + settleMs, change });
    },
    settle: () => {
      while (pending[0] !== undefined && pending[0].at <= Date.now()) pending.shift()?.change();
    },
  };
};
