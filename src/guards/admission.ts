/** How much runs and waits at once. */
export interface AdmissionLimits {
  inFlight: number;
  queue: number;
  subscriptions: number;
}

/** Lets in what the gateway can do. */
export interface Admission {
  /**
   * Runs work when its turn comes, and gives false at once where too much waits already. The work can give its place back
   * before it ends, with `free`.
   */
  run(work: (free: () => void) => Promise<void>): Promise<boolean>;
  /** Takes one more subscription, which `close` ends; false where too many are open. */
  openSubscription(): boolean;
  closeSubscription: () => void;
  state: () => { running: number; waiting: number; subscriptions: number };
}

/** Lets everything in until the limits are reached. */
export const createAdmission = (limits: AdmissionLimits): Admission => {
  let running = 0;
  let subscriptions = 0;
  const queue: (() => void)[] = [];
  return {
    run: async (work) => {
      if (running >= limits.inFlight) {
        if (queue.length >= limits.queue) return false;
        // Whoever is done leaves his place to the next one.
        await new Promise<void>((resolve) => queue.push(resolve));
      } else {
        running += 1;
      }
      let isHere = true;
      const free = () => {
        if (!isHere) return;
        isHere = false;
        const next = queue.shift();
        if (next) next();
        else running -= 1;
      };
      try {
        await work(free);
      } finally {
        free();
      }
      return true;
    },
    openSubscription: () => {
      if (subscriptions >= limits.subscriptions) return false;
      subscriptions += 1;
      return true;
    },
    closeSubscription: () => {
      subscriptions -= 1;
    },
    state: () => ({ running, waiting: queue.length, subscriptions }),
  };
};
