/** A queue of events for one subscriber. */
export interface EventQueue<Event> {
  /** Adds an event. It replaces an unread event of the same name, so that a slow subscriber gets the latest state only. */
  push: (event: Event, name?: string) => void;
  /** Ends the queue: unread events can still be read, new ones are dropped. */
  end: () => void;
  events: AsyncGenerator<Event, void, undefined>;
}

/** A queue that calls `onStart` at its first read, and `onEnd` once when either side ends it. */
export const createEventQueue = <Event>(onStart: () => void, onEnd: () => void): EventQueue<Event> => {
  const unread: { event: Event; name: string | undefined }[] = [];
  const state = { isOpen: true };
  let wakeUp = Promise.withResolvers<void>();

  const end = () => {
    if (!state.isOpen) return;
    state.isOpen = false;
    onEnd();
    wakeUp.resolve();
  };

  const read = async function* (): AsyncGenerator<Event, void, undefined> {
    if (state.isOpen) onStart();
    while (state.isOpen || unread.length > 0) {
      for (const { event } of unread.splice(0)) yield event;
      if (state.isOpen && unread.length === 0) await wakeUp.promise;
      wakeUp = Promise.withResolvers();
    }
  };

  const events = read();
  const stop = events.return.bind(events);
  // While a generator awaits, `return` alone would take effect only with the next event.
  events.return = (value) => {
    unread.length = 0;
    end();
    return stop(value);
  };
  return {
    push: (event, name) => {
      if (!state.isOpen) return;
      const older = name === undefined ? -1 : unread.findIndex((one) => one.name === name);
      if (older >= 0) unread.splice(older, 1);
      unread.push({ event, name });
      wakeUp.resolve();
    },
    end,
    events,
  };
};
