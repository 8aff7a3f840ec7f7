import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

type Value = {
  stringValue?: string;
  intValue?: number;
  boolValue?: boolean;
  arrayValue?: { values: Value[] };
};
type Pairs = { key: string; value: Value }[];

interface WireSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  attributes: Pairs;
  events: unknown[];
  status: { code: number; message?: string };
}

interface Batch {
  resourceSpans: { resource: { attributes: Pairs }; scopeSpans: { spans: WireSpan[] }[] }[];
}

/** A span as it arrived. */
export interface ArrivedSpan extends Omit<WireSpan, 'attributes'> {
  attributes: Record<string, unknown>;
}

/** A trace collector for tests: OTLP over HTTP, as JSON. */
export interface Collector {
  url: string;
  /** Of each post: where it went, and what it held. */
  posts: { path: string; text: string }[];
  spans: () => ArrivedSpan[];
  /** What is said of the sender. */
  resource: () => Record<string, unknown>;
}

const plain = ({ arrayValue, ...one }: Value): unknown =>
  arrayValue ? arrayValue.values.map(plain) : Object.values(one)[0];

const object = (pairs: Pairs) => Object.fromEntries(pairs.map(({ key, value }) => [key, plain(value)]));

/** Starts one that answers with this status, or never where there is none. It ends with the test. */
export const startCollector = async (status?: number): Promise<Collector> => {
  const batches: Batch[] = [];
  const posts: Collector['posts'] = [];
  const server = createServer((request, response) => {
    const take = (body: unknown) => {
      batches.push(body as Batch);
      posts.push({ path: request.url ?? '', text: JSON.stringify(body) });
      if (status !== undefined) response.writeHead(status).end(status === 200 ? '{}' : 'CANARY');
    };
    json(request).then(take, () => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const resources = () => batches.flatMap(({ resourceSpans }) => resourceSpans);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posts,
    spans: () =>
      resources()
        .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
        .map((span) => ({ ...span, attributes: object(span.attributes) })),
    resource: () => object(resources()[0]!.resource.attributes),
  };
};
