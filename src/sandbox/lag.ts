/** Delay between a write and the reads that show it. */
export interface Lag {
  /**
   * Until the lag is over, reads show the given values of these properties; with null, they do not show the object at all.
   * Values that an earlier write still hides stay hidden.
   */
  hide: <Thing extends object>(thing: Thing, before: Partial<Thing> | null) => void;
  /** The objects as reads show them. */
  shown: <Thing extends object>(things: readonly Thing[]) => Thing[];
}

/** Creates a lag of this many milliseconds. */
export const createLag = (lagMs: number): Lag => {
  const hidden = new WeakMap<object, { until: number; before: object | null }>();
  return {
    hide: (thing, before) => {
      const earlier = hidden.get(thing);
      const now = Date.now();
      hidden.set(thing, {
        until: now + lagMs,
        before: earlier && earlier.until > now ? earlier.before : before,
      });
    },
    shown: (things) => {
      const now = Date.now();
      return things.flatMap((thing) => {
        const held = hidden.get(thing);
        if (!held || held.until <= now) return [thing];
        return held.before === null ? [] : [{ ...thing, ...held.before }];
      });
    },
  };
};
