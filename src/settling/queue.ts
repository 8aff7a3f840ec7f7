/** Events on their way to one subscriber. */
export interface Queue<Event> {
  push: (event: Event) => void;
  /** Lets what is in it be read, and takes no more. */
  end: () => void;
  /** Nothing begins before the first event is asked for. */
  events: AsyncGenerator<Event, void, undefined>;
}

/** A queue that calls `begin` when it is first read from, and `ended` once when it ends, from either side. */
export const createQueue = <Event>(begin: () => void, ended: () => void): Queue<Event> => {
  const waiting: Event[] = [];
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
      yield* waiting.splice(0);
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
    push: (event) => {
      if (!state.open) return;
      waiting.push(event);
      news.resolve();
    },
    end,
    events,
  };
};
