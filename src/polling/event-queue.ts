/** Events on their way to one subscriber. */
export interface EventQueue<Event> {
  /** An event takes the place of one with the same name that was not read yet: a slow reader is told the latest state. */
  push: (event: Event, name?: string) => void;
  /** Lets what is in it be read, and takes no more. */
  end: () => void;
  /** Nothing begins before the first event is asked for. */
  events: AsyncGenerator<Event, void, undefined>;
}

/** A queue that calls `begin` when it is first read from, and `ended` once when it ends, from either side. */
export const createEventQueue = <Event>(begin: () => void, ended: () => void): EventQueue<Event> => {
  const waiting: { event: Event; name: string | undefined }[] = [];
  const state = { open: true };
  let news = Promise.withResolvers<void>();

  const end = () => {
    if (!state.open) return;
    state.open = false;
    ended();
    news.resolve();
  };

  const read = async function* (): AsyncGenerator<Event, void, undefined> {
    if (state.open) begin();
    while (state.open || waiting.length > 0) {
      for (const { event } of waiting.splice(0)) yield event;
      if (state.open && waiting.length === 0) await news.promise;
      news = Promise.withResolvers();
    }
  };

  const events = read();
  const stop = events.return.bind(events);
  // A generator that waits would put its end off until there is news.
  events.return = (value) => {
    waiting.length = 0;
    end();
    return stop(value);
  };
  return {
    push: (event, name) => {
      if (!state.open) return;
      const unread = name === undefined ? -1 : waiting.findIndex((one) => one.name === name);
      if (unread >= 0) waiting.splice(unread, 1);
      waiting.push({ event, name });
      news.resolve();
    },
    end,
    events,
  };
};
