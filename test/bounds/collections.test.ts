import { expect, test } from 'vitest';
import { BOUNDS } from './bounds.ts';
import { collectionsOfTheGateway, lastingCollections } from './collections.ts';

/** Filled while the gateway starts, from the schema or its settings: requests add nothing. */
const START = 'start';
/** Ends with the operation, call or look that it belongs to, whose own size is limited. */
const OPERATION = 'operation';
/** Ends with the command of a person, which is a process of its own. */
const COMMAND = 'command';
/** Lives in the browser, with the page of one person. */
const BROWSER = 'browser';
/** The inside of a collection, which is bounded where that is used. */
const INSIDE = 'where the collection is used';
/** Bounded in bytes, which test/observability/log-output.test.ts shows. */
const LOG = 'what the reader of the log has not taken';

/** Every collection that outlives the call which adds to it, and what bounds it: a row of the table, or why it needs none. */
const COLLECTIONS: Readonly<Record<string, string>> = {
  'cli/access.ts accesses': COMMAND,
  'cli/csv.ts columns': COMMAND,
  'cli/paged-field.ts used': COMMAND,
  'cli/topology/read.ts gaps': COMMAND,
  'cli/topology/read.ts parents': COMMAND,
  'graphql/contract-tags.ts found': START,
  'graphql/contract-tags.ts tags': START,
  'graphql/audit-ids.ts ids': OPERATION,
  'graphql/audit.ts outcomes': OPERATION,
  'cache/response-cache.ts pendingInvalidations': 'owed_invalidations',
  'graphql/fast-path/compilable.ts fragmentSizes': OPERATION,
  'request/explain.ts calls': OPERATION,
  'request/explain.ts lists': OPERATION,
  'config/config.ts operations': START,
  'request/context.ts reads': OPERATION,
  'request/explain.ts asked': OPERATION,
  'http/lenient-parse.ts drift': OPERATION,
  'request/explain.ts read': OPERATION,
  'paging/id-loader.ts startedLists': OPERATION,
  'paging/id-loader.ts expected': OPERATION,
  'paging/id-loader.ts items': OPERATION,
  'paging/merge-pages.ts items': OPERATION,
  'paging/merge-pages.ts hashes': OPERATION,
  'paging/merge-pages.ts keys': OPERATION,
  'paging/row-check.ts failed': OPERATION,
  'paging/row-check.ts met': OPERATION,
  'paging/window-loader.ts batch': OPERATION,
  'paging/window-loader.ts lists': OPERATION,
  'paging/id-loader.ts batch': OPERATION,
  'paging/id-loader.ts loads': OPERATION,
  'graph/lookahead.ts selections': 'known_queries',
  'graph/opaque-ids.ts inputReplacements': START,
  'graph/opaque-ids.ts rows': OPERATION,
  'graphql/fast-path/execution.ts args': OPERATION,
  'graphql/fast-path/execution.ts data': OPERATION,
  'graphql/fast-path/execution.ts errors': OPERATION,
  'graphql/fast-path/execution.ts late': OPERATION,
  'graphql/fast-path/plan.ts creators': 'known_queries',
  'http/lazy-row.ts objects': START,
  'http/loop-turns.ts waiting': OPERATION,
  'pages/graphiql/main.ts reads': BROWSER,
  'pages/topology/graph/client.ts rowLimits': BROWSER,
  'pages/topology/state/choice.ts value': BROWSER,
  'pages/topology/state/limit.ts waiting': BROWSER,
  'pages/topology/state/loader.ts inFlight': BROWSER,
  'pages/topology/state/topology.ts read': BROWSER,
  'pages/topology/state/whitelists.ts read': BROWSER,
  'pages/topology/state/whitelists.ts value': BROWSER,
  'pages/topology/model/filters.ts statuses': BROWSER,
  'pages/topology/state/topology.ts seen': BROWSER,
  'pages/topology/state/topology.ts totals': BROWSER,
  'pages/topology/state/topology.ts value': BROWSER,
  'upstreams/dataartsinsight/whole-list.ts rows': OPERATION,
  'errors/field-errors.ts omitted': OPERATION,
  'capacity/fair-share.ts borrowers': 'connections',
  'capacity/fair-share.ts queued': 'connections',
  'capacity/present.ts all': INSIDE,
  'server/request-body.ts chunks': 'request_bodies',
  'server/graphql-request.ts running': 'connections',
  'graph/node.ts readers': START,
  'guards/limits/introspection-cost.ts counted': OPERATION,
  'guards/limits/limits.ts cached': 'parsed_documents',
  'guards/limits/limits.ts constantCosts': 'parsed_documents',
  'http/response-body.ts chunks': 'upstream_answers',
  'http/response-body.ts releases': 'upstream_answers',
  'http/budget.ts byteShares': 'upstream_answers',
  'http/abort-signal.ts listeners': OPERATION,
  'graphql/fast-path/revalidating-reads.ts repeated': OPERATION,
  'http/deadline.ts running': OPERATION,
  'http/host.ts byService': START,
  'http/host.ts hosts': START,
  'http/request.ts bases': START,
  'http/request.ts templates': START,
  'http/sliding-counts.ts steps': START,
  'http/in-flight-reads.ts callers': 'shared_reads',
  'http/in-flight-reads.ts waits': OPERATION,
  'http/refusal.ts propertiesByShape': START,
  'http/iam-token.ts projects': START,
  'graphql/fast-path/recorder.ts same': OPERATION,
  'graphql/fast-path/recorder.ts reads': OPERATION,
  'writes/keyed-mutex.ts mutexes': 'whitelist_changes',
  'capacity/memory-budget.ts cache': 'known_queries',
  'capacity/memory-budget.ts usages': START,
  'observability/metrics.ts names': START,
  'observability/log-output.ts waiting': LOG,
  'observability/event-metrics.ts children': START,
  'server/graphql-request.ts bodyBytes': 'request_bodies',
  'capacity/write-buffers.ts unread': 'unread_answers',
  'writes/idempotency-store.ts writes': 'idempotency_keys',
  'request/create-context.ts reads': OPERATION,
  'polling/poll.ts watches': 'subscriptions',
  'polling/event-queue.ts unread': OPERATION,
  'polling/shared-polls.ts polls': 'polls',
  'polling/watch.ts changed': OPERATION,
  'polling/watch.ts settled': OPERATION,
  'polling/watch.ts sentStates': OPERATION,
};

test('whatever outlives the call that adds to it has a bound', () => {
  const known = Object.keys(COLLECTIONS).toSorted();
  expect(collectionsOfTheGateway()).toEqual(known);
});

test('a bound is a row of the table, or there is a reason why none is needed', () => {
  const bounds = new Set([
    START,
    OPERATION,
    COMMAND,
    BROWSER,
    INSIDE,
    LOG,
    ...BOUNDS.map(({ what }) => what),
  ]);
  expect(Object.entries(COLLECTIONS).filter(([, bound]) => !bounds.has(bound))).toEqual([]);
});

test.each([
  [
    'a map at the top of a module',
    'const names = new Map(); export const add = (n) => names.set(n, 1);',
    ['names'],
  ],
  [
    'a queue in a factory',
    'const create = () => { const queue = []; return { put: (one) => queue.push(one) }; };',
    ['queue'],
  ],
  ['a set of a class', 'class Watch { seen = new Set(); }', ['seen']],
  [
    'an object that is a map',
    'const create = () => { const by = {}; return (name) => { by[name] = 1; }; };',
    ['by'],
  ],
  ['a member that becomes a map', 'const add = (context) => { context.reads = new Map(); };', ['reads']],
  ['a member that is one from its beginning', 'const create = () => ({ reads: new Map() });', ['reads']],
  [
    'a member that becomes one when it is needed',
    'class A { add(n) { (this.known ??= new Set()).add(n); } }',
    ['known'],
  ],
  ['a weak map', 'const sizes = new WeakMap(); export const note = (o) => { sizes.set(o, 1); };', ['sizes']],
  [
    'a map that only the call has that made it',
    'const count = (all) => { const by = new Map(); for (const one of all) by.set(one, 1); return by; };',
    [],
  ],
  [
    'one that a loop over a list fills',
    'const first = (all) => { const seen = new Set(); return all.filter((one) => seen.add(one)); };',
    [],
  ],
])('%s is found, where it outlives the call', (_, text, names) => {
  expect(lastingCollections(text)).toEqual(names);
});
