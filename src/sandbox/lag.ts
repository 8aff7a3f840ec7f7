/** What reads show of something for a while after it was written. */
export interface Lag {
  /**
   * From now on, and until the lag is over, reads show these properties of a thing as they are now, whatever a write makes of them; null
   * shows nothing at all. What an earlier write still hides stays hidden.
   */
  hide: <Thing extends object>(thing: Thing, before: Partial<Thing> | null) => void;
  /** The things as reads show them. */
  shown: <Thing extends object>(things: readonly Thing[]) => Thing[];
}

/** The cloud shows what was written so many milliseconds later. */
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
