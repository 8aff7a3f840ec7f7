import { onTestFinished } from 'vitest';
import type { Answer, TestGateway } from './gateway.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';

/** A stream of server-sent events, as a client reads it. */
export interface Events {
  response: Response;
  /** The next event; null once the server has said that it is complete. */
  next: () => Promise<Answer | null>;
  /** All events until the stream is complete. */
  rest: () => Promise<Answer[]>;
  /** Hangs up. */
  hangUp: () => void;
}

const parsed = async function* (body: ReadableStream<Uint8Array>): AsyncGenerator<Answer, void, undefined> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) {
      if (block === ':') continue;
      const [, name, data] = /^event: (\w+)\ndata:(.*)$/.exec(block)!;
      if (name === 'complete') return;
      yield JSON.parse(data!) as Answer;
    }
  }
  throw new Error('The stream broke off.');
};

/** Subscribes over HTTP; hangs up at the end of the test. */
export const subscribe = async (
  { url }: Pick<TestGateway, 'url'>,
  query: string,
  variables: object = {},
  headers: Record<string, string> = {},
): Promise<Events> => {
  const controller = new AbortController();
  onTestFinished(() => controller.abort());
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      'x-auth-token': SANDBOX.token,
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
    signal: controller.signal,
  });
  const events = parsed(response.body!);
  return {
    response,
    next: async () => (await events.next()).value ?? null,
    rest: () => Array.fromAsync(events),
    hangUp: () => controller.abort(),
  };
};
