import type { Plugin, YogaInitialContext } from 'graphql-yoga';
import { badInput } from '../../errors/client-error.ts';

const EVENT_STREAM = /text\/event-stream|text\/\*|\*\/\*/i;

/** Refuses subscriptions of clients that do not accept events, with an error that says so; Yoga alone would answer 406 without one. */
export const useEventStream = (): Plugin<YogaInitialContext> => ({
  onSubscribe: ({ args, setResultAndStopExecution }) => {
    const { request } = args.contextValue;
    if (EVENT_STREAM.test(request.headers.get('accept') ?? '*/*')) return;
    const error = badInput('Subscriptions answer with events: send `Accept: text/event-stream`.');
    setResultAndStopExecution({ errors: [error] });
  },
});
